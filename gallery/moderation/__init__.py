"""Looking after what is shown: reports and cases, decisions and appeals, and the gate before anything becomes public.

gate → what may become public · reports → what people say · cases → the queue · decisions → what moderators do ·
appeals → what owners answer · private → works opened with a reason · pages → all of it on the screen.
"""
