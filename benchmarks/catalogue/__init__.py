"""The pages of `docs/catalogue`, written from the recipes and from what their classes do with a map."""
