"""One module a kind of model, each as `mpk_runtime.flavors.protocol` has it, in the layout that MLflow gives it."""
