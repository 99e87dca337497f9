"""The simulated MLB: series, staffs, line-ups and plate appearances, with the law behind every strikeout count."""
