"""What a model needs: found, resolved, locked, installed; and interpreters."""
