"""`python -m feeds` is `feeds`."""

from feeds.start import main

if __name__ == "__main__":
    main()
