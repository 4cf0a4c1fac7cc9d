"""The plan: what the planner hands to the executor, and nothing else."""
