"""`python -m yolo_patcher`: the command line."""

from yolo_patcher.cli.main import main

if __name__ == "__main__":
    main()
