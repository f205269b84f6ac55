@echo off
chcp 65001 >nul
rem Written by: openclaw gateway install
setlocal DisableDelayedExpansion
set "HOME=/home/ada"
set "OPENCLAW_CONFIG_PATH=/home/ada/.openclaw/openclaw.json"
set "OPENCLAW_SERVICE_MARKER=openclaw"
set "OPENCLAW_SERVICE_VERSION=2026.12.0"
set "OPENCLAW_STATE_DIR=/home/ada/.openclaw"
set "OPENCLAW_WORKSPACE_DIR=/home/ada/.openclaw/workspace"
set "PATH=/usr/local/bin:/usr/bin:/bin"
"/usr/local/bin/openclaw" gateway run --port 18789
