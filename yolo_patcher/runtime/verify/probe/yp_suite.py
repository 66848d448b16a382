"""All checks by name, but `import` and `build`, which make what the others look at."""

import yp_checks
import yp_deterministic
import yp_export
import yp_precision
import yp_training

CHECKS = {}
for _module in (yp_checks, yp_training, yp_deterministic, yp_precision, yp_export):
    CHECKS.update(_module.CHECKS)
