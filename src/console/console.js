// The page as it is now, every two seconds: what changed is put in its place, the rest is left
// alone. Without this script the page loads itself anew every twenty seconds.
"use strict";
(function () {
  const EVERY = 2000, HIDDEN = 20000, live = document.getElementById("live");
  let etag = null, timer = 0, heard = Date.now(), failed = false;

  function clock(when) {
    return when.toISOString().slice(11, 19) + " UTC";
  }

  function say(text, kind) {
    if (live.textContent !== text)
      live.textContent = text;
    live.className = "live " + kind;
  }

  // What is open, and where the reader is, stays so.
  function keep(before, after) {
    for (const old of before.querySelectorAll("details[id]")) {
      const now = after.querySelector("#" + CSS.escape(old.id));
      if (now)
        now.open = old.open;
    }
  }

  function key(node) {
    return node.id || node.className;
  }

  function replace(before, after) {
    const focused = document.activeElement && document.activeElement.id;
    keep(before, after);
    if (before.outerHTML === after.outerHTML)
      return;
    before.replaceWith(after);
    if (focused && document.getElementById(focused))
      document.getElementById(focused).focus({preventScroll: true});
  }

  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const main = document.getElementById("main"), fresh = page.getElementById("main");
    if (!main || !fresh)
      return;
    document.title = page.title;
    bare(main);
    const old = [...main.children], now = [...fresh.children];
    const same = old.length === now.length && old.every((one, i) => key(one) === key(now[i]));
    if (same)
      old.forEach((one, i) => replace(one, document.adoptNode(now[i])));
    else
      main.replaceChildren(...now.map(one => document.adoptNode(one)));
    buttons(main);
  }

  function bare(main) {
    for (const one of main.querySelectorAll("button.copy"))
      one.remove();
  }

  function buttons(main) {
    if (!navigator.clipboard)
      return;
    for (const one of main.querySelectorAll(".command")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy the command: " + one.querySelector("span").textContent);
      button.addEventListener("click", () => navigator.clipboard.writeText(
        one.querySelector("code").textContent).then(() => { button.textContent = "Copied"; }));
      one.append(button);
    }
  }

  async function look() {
    clearTimeout(timer);
    try {
      const headers = etag ? {"If-None-Match": etag} : {};
      const answer = await fetch(location.pathname, {headers, cache: "no-store",
        credentials: "same-origin", redirect: "error"});
      if (answer.status === 401)
        return say("The session has ended: ask for a new link", "off");
      if (answer.status === 200) {
        const text = await answer.text();
        show(text);
        etag = answer.headers.get("ETag");
      } else if (answer.status !== 304) {
        throw new Error(answer.status);
      }
      heard = Date.now();
      failed = false;
      say("live", "on");
    } catch (error) {
      if (failed)
        say("No answer since " + clock(new Date(heard)) + ": this page is old", "off");
      failed = true;
    }
    timer = setTimeout(look, document.hidden ? HIDDEN : EVERY);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  buttons(document.getElementById("main"));
  look();
})();
