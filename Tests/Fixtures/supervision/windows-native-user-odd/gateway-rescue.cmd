@echo off
chcp 65001 >nul
rem Written by: openclaw gateway install
setlocal DisableDelayedExpansion
set "HOME=/Users/Ada & Bob it's/日本 ü 50%% $HOME ^!"
set "OPENCLAW_CONFIG_PATH=/Users/Ada & Bob it's/日本 ü 50%% $HOME ^!/.openclaw-rescue/openclaw.json"
set "OPENCLAW_PROFILE=rescue"
set "OPENCLAW_SERVICE_MARKER=openclaw"
set "OPENCLAW_SERVICE_VERSION=2026.12.0"
set "OPENCLAW_STATE_DIR=/Users/Ada & Bob it's/日本 ü 50%% $HOME ^!/.openclaw-rescue"
set "OPENCLAW_WORKSPACE_DIR=/Users/Ada & Bob it's/日本 ü 50%% $HOME ^!/.openclaw/workspace-rescue"
set "PATH=/usr/local/bin:/usr/bin:/bin"
"/opt/a b/%%PATH%%^&(x)!/openclaw" gateway run --port 18789
