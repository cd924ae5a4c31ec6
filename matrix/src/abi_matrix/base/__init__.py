"""What every other folder uses: errors and commands."""
