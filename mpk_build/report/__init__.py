"""What a build tells: lines for a person, documents for a program."""
