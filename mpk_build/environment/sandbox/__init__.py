"""Where a model can be proven alone: sandboxes of several strengths, and the proof that one holds."""
