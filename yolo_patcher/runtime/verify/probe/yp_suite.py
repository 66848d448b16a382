"""All checks by name, but `import` and `build`, which make what the others look at."""

import yp_checks
import yp_copies
import yp_deterministic
import yp_device
import yp_export
import yp_full
import yp_precision
import yp_process
import yp_repeat
import yp_resume
import yp_size
import yp_space
import yp_training

CHECKS = {}
for _module in (
    yp_checks, yp_size, yp_space, yp_process, yp_training, yp_copies, yp_deterministic, yp_precision, yp_device,
    yp_full, yp_export, yp_repeat, yp_resume,
):  # fmt: skip
    CHECKS.update(_module.CHECKS)
