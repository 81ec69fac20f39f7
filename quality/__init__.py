"""Quality tests after QARTOD: values and times in, flags out. They flag and never drop."""
