/// What onboarding asks.
enum OnboardText: LocalText {
    case heading, headingBeside, goesTo
    case risk, acceptRisk, riskRefused
    case whereRuns, here, elsewhere, elsewhereHint
    case remoteAddress, remoteBad, remoteSecret, withToken, withPassword, withNothing, askToken, askPassword
    case asking, remoteAnswers, remoteFails, again, keepAnyway, keepAnywayHint
    case workspace, workspaceBad
    case model, keepModel, keyFound, localServer, otherProvider, ownServer, ownServerHint, noModel, noModelHint
    case likeOther
    case provider, askKey, keyPlace, keyHere, keyHereHint, keyVariable, keyVariableHint
    case whichModel, otherModel, modelName, serverAddress, serverBad, serverNeedsKey
    case testing, modelAnswers, modelFails, otherWay
    case portIntro, portTried, port, portBad, portNear, portTaken
    case bind, bindLoopback, bindLan, bindTailnet, bindAuto, bindCustom, bindOpen, bindHost, bindHostBad
    case auth, authKeep, authGenerated, authToken, authPassword, secretShort, secretUsed
    case watchIntro, watch, standbyNext
    case service, noService, plan, nothingToWrite, planService, agree
    case written, nothingChanged, workspaceReady, rescueNotes, installing, checking, healthy, unhealthy
    case notStarted, notAwaited, next, section

    var forms: LocalForms {
        switch self {
        case .heading: LocalForms("Setting up the {1} gateway", "设置网关 {1}", "設定閘道 {1}")
        case .headingBeside:
            LocalForms(
                "Setting up the {1} gateway, beside {2}", "设置网关 {1}，与 {2} 并存", "設定閘道 {1}，與 {2} 並存")
        case .goesTo:
            LocalForms("Answers go to {1}, all at once, at the end.", "全部回答将在最后一次性写入 {1}。", "所有回答會在最後一次寫入 {1}。")
        case .risk:
            LocalForms(
                "An agent reads what others write and can act on this machine: run programs, change files, send "
                    + "messages. A wrong or planted sentence can make it do harm. Keep the gateway to yourself, give it "
                    + "a user of its own where you can, and look at: {1} security audit",
                "智能体会读取他人写的内容，并能在本机上行动：运行程序、修改文件、发送消息。一句错误或被植入的话就可能造成损害。"
                    + "请只供自己使用，尽量为它准备单独的系统用户，并查看：{1} security audit",
                "代理會讀取他人寫的內容，並能在本機上行動：執行程式、修改檔案、傳送訊息。一句錯誤或被植入的話就可能造成損害。"
                    + "請只供自己使用，儘量為它準備獨立的系統帳號，並查看：{1} security audit")
        case .acceptRisk: LocalForms("Do you accept this?", "是否接受？", "是否接受這項風險？")
        case .riskRefused: LocalForms("without that nothing is set up", "未接受，因此不做任何设置", "未接受，因此不做任何設定")
        case .whereRuns: LocalForms("Where does the gateway run?", "网关在哪里运行？", "閘道在哪裡執行？")
        case .here: LocalForms("On this machine", "在本机", "在本機")
        case .elsewhere: LocalForms("On another machine", "在另一台机器上", "在另一台機器上")
        case .elsewhereHint: LocalForms("this one only speaks to it", "本机只与它通信", "本機只與它通訊")
        case .remoteAddress:
            LocalForms("Address of the gateway (ws:// or wss://)", "网关地址（ws:// 或 wss://）", "閘道位址（ws:// 或 wss://）")
        case .remoteBad: LocalForms("that is no address: {1}", "这不是有效地址：{1}", "這不是有效位址：{1}")
        case .remoteSecret: LocalForms("How does this machine prove itself there?", "本机如何向它证明身份？", "本機如何向它證明身分？")
        case .withToken: LocalForms("With a token", "使用令牌", "使用權杖")
        case .withPassword: LocalForms("With a password", "使用密码", "使用密碼")
        case .withNothing: LocalForms("With nothing, or as it is set already", "不使用，或沿用现有设置", "不使用，或沿用現有設定")
        case .askToken: LocalForms("Token", "令牌", "權杖")
        case .askPassword: LocalForms("Password", "密码", "密碼")
        case .asking: LocalForms("asking {1}", "正在询问 {1}", "正在詢問 {1}")
        case .remoteAnswers: LocalForms("✓ {1} answers, version {2}", "✓ {1} 有应答，版本 {2}", "✓ {1} 有回應，版本 {2}")
        case .remoteFails: LocalForms("✗ {1}", "✗ 失败：{1}", "✗ 失敗：{1}")
        case .again: LocalForms("Answer again", "重新填写", "重新填寫")
        case .keepAnyway: LocalForms("Keep it as it is", "仍然保留", "仍要保留")
        case .keepAnywayHint: LocalForms("it may be off just now", "它可能只是暂时未运行", "它可能只是暫時未執行")
        case .workspace: LocalForms("Where do agents work?", "智能体的工作目录？", "代理的工作目錄？")
        case .workspaceBad: LocalForms("a path that begins with / or ~", "路径须以 / 或 ~ 开头", "路徑須以 / 或 ~ 開頭")
        case .model: LocalForms("Which model answers?", "由哪个模型回答？", "由哪個模型回答？")
        case .keepModel: LocalForms("Keep {1}", "保留 {1}（当前）", "保留 {1}（目前）")
        case .keyFound: LocalForms("{1}, with the key in {2}", "{1}，使用 {2} 中的密钥", "{1}，使用 {2} 中的金鑰")
        case .localServer: LocalForms("{1} on this machine", "本机的 {1}", "本機上的 {1}")
        case .otherProvider: LocalForms("A provider, with a key", "某个提供商，需要密钥", "某個供應商，需要金鑰")
        case .ownServer: LocalForms("A server of your own", "自己的服务器", "自己的伺服器")
        case .ownServerHint: LocalForms("it speaks the OpenAI API", "兼容 OpenAI API", "相容 OpenAI API")
        case .noModel: LocalForms("None for now", "暂不设置", "暫不設定")
        case .noModelHint: LocalForms("slash commands only", "只能使用斜杠命令", "只能使用斜線命令")
        case .likeOther: LocalForms("As {1} does: {2}", "与 {1} 相同：{2}", "與 {1} 一樣：{2}")
        case .provider: LocalForms("Which provider?", "哪个提供商？", "哪個供應商？")
        case .askKey: LocalForms("Key of {1}", "{1} 的密钥", "{1} 的金鑰")
        case .keyPlace: LocalForms("Where is the key kept?", "密钥保存在哪里？", "金鑰保存在哪裡？")
        case .keyHere: LocalForms("In the configuration", "写入配置文件", "寫入設定檔")
        case .keyHereHint: LocalForms("only you can read it; a service finds it", "仅您可读；服务能找到它", "只有您可讀；服務找得到它")
        case .keyVariable: LocalForms("Only the name {1}", "只保存变量名 {1}", "只保存變數名稱 {1}")
        case .keyVariableHint: LocalForms("a service needs it in {1}", "服务需要它出现在 {1} 中", "服務需要它出現在 {1} 中")
        case .whichModel: LocalForms("Which of its models?", "使用它的哪个模型？", "使用它的哪個模型？")
        case .otherModel: LocalForms("Another one", "其他", "其他模型")
        case .modelName: LocalForms("Name of the model, as {1} calls it", "模型名称（{1} 所用的名称）", "模型名稱（{1} 使用的名稱）")
        case .serverAddress:
            LocalForms(
                "Its address, such as http://127.0.0.1:8080/v1", "服务器地址，例如 http://127.0.0.1:8080/v1",
                "伺服器位址，例如 http://127.0.0.1:8080/v1")
        case .serverBad:
            LocalForms(
                "an address that begins with http:// or https://", "地址须以 http:// 或 https:// 开头",
                "位址須以 http:// 或 https:// 開頭")
        case .serverNeedsKey: LocalForms("Does it want a key?", "它需要密钥吗？", "它需要金鑰嗎？")
        case .testing: LocalForms("asking {1} for one answer", "正在请 {1} 回答一次", "正在請 {1} 回答一次")
        case .modelAnswers: LocalForms("✓ {1} answers, {2}", "✓ {1} 已回答，{2}", "✓ {1} 已回覆，{2}")
        case .modelFails: LocalForms("✗ {1} does not answer: {2}", "✗ {1} 没有回答：{2}", "✗ {1} 沒有回覆：{2}")
        case .otherWay: LocalForms("Choose again.", "请重新选择。", "請重新選擇。")
        case .portIntro:
            LocalForms(
                "Port {1} goes with browser control on {2} and browsers on {3} to {4}; gateways keep at least 20 ports "
                    + "between them.",
                "端口 {1} 还会用到浏览器控制端口 {2} 和浏览器端口 {3} 至 {4}；各网关的端口至少相隔 20。",
                "連接埠 {1} 還會用到瀏覽器控制埠 {2} 和瀏覽器埠 {3} 至 {4}；各閘道的連接埠至少相隔 20。")
        case .portTried: LocalForms("All of them are free just now.", "目前均空闲。", "目前全部可用。")
        case .port: LocalForms("Port", "端口", "連接埠")
        case .portBad: LocalForms("a number from 1 to 65535", "1 到 65535 的数字", "1 到 65535 的數字")
        case .portNear:
            LocalForms(
                "{1} runs into the ports of {2} (port {3}); free: {4}", "{1} 与 {2} 的端口（{3}）冲突；可用：{4}",
                "{1} 與 {2} 的連接埠（{3}）衝突；可用：{4}")
        case .portTaken:
            LocalForms(
                "{1} cannot be used: somebody listens on {2}; free: {3}", "{1} 不可用：{2} 已被占用；可用：{3}",
                "{1} 無法使用：{2} 已被占用；可用：{3}")
        case .bind: LocalForms("Who can reach it?", "谁可以连接？", "誰可以連線？")
        case .bindLoopback: LocalForms("This machine only", "仅本机", "僅限本機")
        case .bindLan: LocalForms("The whole network", "整个网络", "整個網路")
        case .bindTailnet: LocalForms("The tailnet, and this machine", "tailnet 和本机", "tailnet 與本機")
        case .bindAuto:
            LocalForms("This machine, and the tailnet when there is one", "本机；如有 tailnet 也包括", "本機；有 tailnet 時也包括")
        case .bindCustom: LocalForms("One address of this machine", "本机的某个地址", "本機的某個位址")
        case .bindOpen:
            LocalForms("not encrypted: put TLS or a tunnel before it", "未加密：请在前面加 TLS 或隧道", "未加密：請在前面加上 TLS 或通道")
        case .bindHost: LocalForms("Which address?", "哪个地址？", "哪個位址？")
        case .bindHostBad: LocalForms("an IP address of this machine", "本机的 IP 地址", "本機的 IP 位址")
        case .auth: LocalForms("How do clients prove themselves?", "客户端如何证明身份？", "用戶端如何證明身分？")
        case .authKeep: LocalForms("As it is set already", "沿用现有设置", "沿用現有設定")
        case .authGenerated: LocalForms("With a new token, made now", "使用新生成的令牌", "使用新產生的權杖")
        case .authToken: LocalForms("With a token of your own", "使用自己的令牌", "使用自己的權杖")
        case .authPassword: LocalForms("With a password", "使用密码", "使用密碼")
        case .secretShort: LocalForms("too short: at least {1} characters", "太短：至少 {1} 个字符", "太短：至少 {1} 個字元")
        case .secretUsed:
            LocalForms(
                "profile {1} has it already ({2}); each gateway needs its own", "配置档 {1} 已在使用（{2}）；每个网关须用自己的",
                "設定檔 {1} 已在使用（{2}）；每個閘道須用自己的")
        case .watchIntro:
            LocalForms(
                "This gateway can watch over {1}: its own bot writes to you when that one is down, and helps to repair it.",
                "本网关可以看护 {1}：当它停机时，由自己的机器人通知您并协助修复。",
                "本閘道可以看護 {1}：當它停機時，由自己的機器人通知您並協助修復。")
        case .watch: LocalForms("Watch over the gateway of {1}?", "看护网关 {1} 吗？", "要看護閘道 {1} 嗎？")
        case .standbyNext:
            LocalForms(
                "A second machine can stand in for this one: {1} failover pair user@host",
                "可以让第二台机器随时接替本机：{1} failover pair user@host",
                "可以讓第二台機器隨時接替本機：{1} failover pair user@host")
        case .service:
            LocalForms("Install it as a service that starts with this machine?", "安装为随机器启动的服务？", "安裝為隨機器啟動的服務？")
        case .noService:
            LocalForms(
                "No service manager is at work here: you start the gateway yourself.", "此处没有服务管理器：需自行启动网关。",
                "此處沒有服務管理程式：需自行啟動閘道。")
        case .plan: LocalForms("This is written to {1}:", "将写入 {1}：", "將寫入 {1}：")
        case .nothingToWrite:
            LocalForms("Nothing is to be written: all is set as you answered.", "无需写入：现有设置与回答一致。", "無需寫入：現有設定與回答一致。")
        case .planService: LocalForms("And the service is installed and started.", "并安装、启动服务。", "並安裝、啟動服務。")
        case .agree: LocalForms("Go on?", "继续吗？", "要繼續嗎？")
        case .written: LocalForms("✓ {1}: set {2}", "✓ {1}：已设置 {2}", "✓ {1}：已設定 {2}")
        case .nothingChanged:
            LocalForms("✓ {1}: nothing was missing, nothing was changed", "✓ {1}：没有缺少，也没有改动", "✓ {1}：沒有缺少，也沒有變更")
        case .workspaceReady: LocalForms("✓ workspace {1}", "✓ 工作目录 {1}", "✓ 工作目錄 {1}")
        case .rescueNotes:
            LocalForms("✓ {1} says how to look at {2} and repair it", "✓ {1} 说明了如何检查和修复 {2}", "✓ {1} 說明了如何檢查與修復 {2}")
        case .installing: LocalForms("installing the service", "正在安装服务", "正在安裝服務")
        case .checking: LocalForms("waiting for the gateway", "正在等待网关", "正在等待閘道")
        case .healthy: LocalForms("✓ the gateway answers in {1}", "✓ 网关应答，用时 {1}", "✓ 閘道回應，用時 {1}")
        case .unhealthy: LocalForms("✗ the gateway does not answer: {1}", "✗ 网关没有应答：{1}", "✗ 閘道沒有回應：{1}")
        case .notStarted: LocalForms("No gateway runs yet.", "网关尚未运行。", "閘道尚未執行。")
        case .notAwaited:
            LocalForms(
                "the configuration is written; what follows was not waited for", "配置已写入；未等待后续步骤完成",
                "設定已寫入；未等待後續步驟完成")
        case .next: LocalForms("Next:", "接下来：", "接下來：")
        case .section: LocalForms("What is to be set anew?", "重新设置哪一部分？", "重新設定哪個部分？")
        }
    }
}
