"""What every other part uses: errors, files, locks, compilation, parallel work. It knows no physics."""
