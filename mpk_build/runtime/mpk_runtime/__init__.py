"""What mpk runs inside a model's own environment: any Python from 3.8 up, the standard library only.

The folder above this one is put on the path of a process; it is never installed, and the model's libraries
are imported only where a model uses them.
"""
