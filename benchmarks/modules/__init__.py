"""What the catalogue's modules cost: FLOPs counted on shapes alone, and seconds and bytes beside the plain form."""
