"""The application: configuration, wiring, command line. The only package that knows all the others."""

__all__: list[str] = []
