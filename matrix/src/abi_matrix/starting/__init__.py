"""What a project without a table begins with, and the jobs that GitHub makes of one."""
