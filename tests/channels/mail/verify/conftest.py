"""ValiMail's ARC cases are read where they lie, if somebody says where: no package index carries them."""

import os

collect_ignore = [] if os.environ.get("ARC_SUITE") else ["test_arc_suite.py"]
