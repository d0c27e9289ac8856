"""The rhythm of short strips: crops of their signal, and the ward's own rule of atrial fibrillation on them."""
