"""The example that mpk's README builds: which penguin is it?"""
