"""What Brushwire is measured against: the usual designs, written here as their authors would."""
