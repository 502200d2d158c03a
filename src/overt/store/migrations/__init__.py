"""The schema's history, run at opening. Only upwards: nothing here loses what was recorded."""
