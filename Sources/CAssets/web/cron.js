// Jobs that run at their times: what comes next, what became of the last ones.

import { ask, badge, button, failed, field, fill, h, head, note, select, table } from "./dom.js";
import { ago, dateTime, span, t } from "./words.js";

export function open(place, { link }) {
  const state = h("p", { role: "status" });
  const list = h("div", { class: "sheet" });
  const past = h("section");
  const may = (method) => link.has(method) && link.may("operator.admin");
  let timer = null;
  place.append(head(t("Cron"), may("cron.add") ? button(t("New job"), () => edit(null), { icon: "plus", kind: "primary" }) : null),
    state, list, past);

  async function load() {
    try {
      const [status, jobs] = [await link.request("cron.status", {}), await link.request("cron.list", { includeDisabled: true })];
      fill(state, status.enabled ? badge("ok", t("runs jobs")) : badge("idle", t("off: cron.enabled")), " ",
        status.nextWakeAtMs ? t("next {time}", { time: ago(status.nextWakeAtMs) }) : "");
      draw(jobs.jobs);
    } catch (error) {
      if (error.code !== "OFFLINE") failed(error);
    }
  }

  async function act(method, params, words) {
    await link.request(method, params).then((answer) => {
      note(answer?.ran === false ? t("Not run: {reason}", { reason: answer.reason ?? "?" }) : words);
    }, failed);
    load();
  }

  function draw(jobs) {
    fill(list, table(t("Jobs"), [t("Job"), t("When"), t("Next"), t("Last"), ""], jobs.map((job) => {
      const last = job.state?.lastRunStatus ?? job.state?.lastStatus;
      return [
        h("div", null, h("strong", { class: "break", text: job.name || job.id }),
          h("div", { class: "hint break", text: job.description ?? job.payload?.message ?? job.payload?.text ?? "" })),
        h("span", { class: "break", text: when(job.schedule) }),
        job.enabled === false ? badge("idle", t("off")) : h("span", { title: dateTime(job.state?.nextRunAtMs),
          text: job.state?.runningAtMs ? t("runs…") : job.state?.nextRunAtMs ? ago(job.state.nextRunAtMs) : "–" }),
        h("div", null, last ? badge(last === "ok" ? "ok" : last === "skipped" ? "idle" : "bad", last) : "–",
          job.state?.lastRunAtMs ? h("div", { class: "hint", text: ago(job.state.lastRunAtMs) }) : null,
          job.state?.lastError ? h("div", { class: "hint break", text: job.state.lastError }) : null),
        h("div", { class: "row" },
          may("cron.run") ? button(t("Run now"), () => act("cron.run", { id: job.id, mode: "force" }, t("It runs."))) : null,
          may("cron.update") ? button(job.enabled === false ? t("Switch on") : t("Switch off"), () => act("cron.update",
            { id: job.id, patch: { enabled: job.enabled === false } }, t("Saved.")), { kind: "quiet" }) : null,
          link.has("cron.runs") ? button(t("Past runs"), () => runs(job), { kind: "quiet" }) : null,
          may("cron.update") ? button(t("Edit"), () => edit(job), { kind: "quiet" }) : null,
          may("cron.remove") ? button(t("Remove"), () => remove(job), { kind: "quiet danger" }) : null),
      ];
    }), t("No job.")));
  }

  async function runs(job) {
    try {
      const { entries } = await link.request("cron.runs", { id: job.id, limit: 30 });
      fill(past, h("h2", { text: t("Past runs of {name}", { name: job.name || job.id }) }),
        h("div", { class: "sheet" }, table(t("Past runs"), [t("When"), t("Outcome"), t("Took"), t("What it said")], entries.map((run) => [
          dateTime(run.runAtMs ?? run.ts), badge(run.status === "ok" ? "ok" : "bad", run.status ?? "–"),
          run.durationMs === undefined ? "–" : span(run.durationMs),
          h("span", { class: "break", text: run.error ?? run.summary ?? "" }),
        ]), t("None."))));
      past.scrollIntoView({ block: "nearest" });
    } catch (error) {
      failed(error);
    }
  }

  async function remove(job) {
    if (await ask(t("Remove {name}?", { name: job.name || job.id }), t("Its past runs go with it."), t("Remove"))) {
      act("cron.remove", { id: job.id }, t("Removed."));
    }
  }

  async function edit(job) {
    const name = h("input", { value: job?.name ?? "", required: true, maxlength: "120" });
    const kind = select([["cron", t("by a cron line")], ["every", t("again and again")], ["at", t("once")]], job?.schedule?.kind ?? "cron");
    const time = h("input", { value: job ? timeText(job.schedule) : "", required: true, spellcheck: "false" });
    const target = select([["isolated", t("a session of its own")], ["main", t("the main session")]], job?.sessionTarget ?? "isolated");
    const words = h("textarea", { rows: "4", required: true, value: job?.payload?.message ?? job?.payload?.text ?? "" });
    const hint = h("p", { class: "hint" });
    const explain = () => {
      hint.textContent = { cron: t("Five fields, such as 0 8 * * 1-5."), every: t("Minutes between two runs."),
        at: t("A time such as 2027-01-31 08:00, of this browser's zone.") }[kind.value];
    };
    kind.addEventListener("change", explain);
    explain();
    const form = h("div", null, field(t("Name"), name), field(t("When"), kind), field(t("Time"), time), hint,
      field(t("In"), target), field(t("Message for the agent"), words));
    if (!await ask(job ? t("Edit the job") : t("A new job"), form, t("Save"), "primary")) return;
    let schedule;
    try {
      schedule = scheduleOf(kind.value, time.value.trim());
    } catch {
      return note(t("That is no time."), "bad");
    }
    const payload = target.value === "main" ? { kind: "systemEvent", text: words.value } : { kind: "agentTurn", message: words.value };
    const fields = { name: name.value, schedule, sessionTarget: target.value, payload };
    if (job) act("cron.update", { id: job.id, patch: fields }, t("Saved."));
    else act("cron.add", { ...fields, enabled: true, wakeMode: "now" }, t("Saved."));
  }

  load();
  const end = link.on("cron", () => {
    clearTimeout(timer);
    timer = setTimeout(load, 300);
  });
  return {
    resync: load,
    close() {
      clearTimeout(timer);
      end();
    },
  };
}

function when(schedule) {
  switch (schedule?.kind) {
    case "cron": return [schedule.expr, schedule.tz].filter(Boolean).join(" · ");
    case "every": return t("every {time}", { time: span(schedule.everyMs) });
    case "at": return dateTime(schedule.atMs ?? Date.parse(schedule.at));
    default: return "–";
  }
}

function timeText(schedule) {
  switch (schedule?.kind) {
    case "cron": return schedule.expr ?? "";
    case "every": return String(Math.round(schedule.everyMs / 60_000));
    case "at": return new Date(schedule.atMs ?? schedule.at).toLocaleString("sv-SE").slice(0, 16);
    default: return "";
  }
}

/// Throws when it is no time.
function scheduleOf(kind, text) {
  if (kind === "cron") {
    if (text.split(/\s+/).length < 5) throw new RangeError("fields");
    return { kind, expr: text, tz: Intl.DateTimeFormat().resolvedOptions().timeZone };
  }
  if (kind === "every") {
    const minutes = Number(text.replace(",", "."));
    if (!(minutes > 0)) throw new RangeError("minutes");
    return { kind, everyMs: Math.round(minutes * 60_000) };
  }
  return { kind, at: new Date(text.replace(" ", "T")).toISOString() };
}
