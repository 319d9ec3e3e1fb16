/*
 * Copyright (c) 2026 The therefore.firewall authors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
(function () {
  "use strict";
  const form = document.getElementById("filters");
  const names = ["host", "role", "port", "state"];
  const all = (selector, where = document) => Array.from(where.querySelectorAll(selector));

  /* what each group is found by */
  const groups = new Map(all(".group").map((element) => [element.dataset.group, {
    element,
    roles: element.dataset.roles.split(" "),
    text: [element.querySelector("h3"), ...all(".addresses bdi", element)].map((one) => one.textContent).join("\n").toLowerCase(),
    hosts: all(".host", element).map((card) => ({
      card, text: all("h5, .address bdi", card).map((one) => one.textContent).join("\n").toLowerCase(),
    })),
  }]));
  const heads = all(".matrix thead th");
  const columns = heads.map((head) => head.dataset.port || "");
  const lines = all(".matrix tr.line").map((element) => ({
    element,
    ends: [element.dataset.from, element.parentNode.dataset.to],
    quiet: element.classList.contains("quiet"),
    cells: all("td", element),
  }));
  const blocks = all(".matrix tbody");
  const looks = all("tr.look");
  const quietByDefault = form.elements.quiet.checked;
  let dimmed = [];
  let shownPort = "";

  function wanted() {
    return Object.fromEntries(names.map((name) => [name, form.elements[name].value.trim()]));
  }

  /* the groups that match, and of each how many hosts do */
  function matching(filter) {
    const text = filter.host.toLowerCase();
    const found = new Map();
    for (const [number, group] of groups) {
      const named = !text || group.text.includes(text);
      const hosts = group.hosts.filter((host) => !text || host.text.includes(text));
      if ((!filter.role || group.roles.includes(filter.role)) && (named || hosts.length)) {
        found.set(number, hosts.length || !named ? hosts : group.hosts);
      }
    }
    return found;
  }

  function showColumns(port) {
    if (port === shownPort) {
      return;
    }
    shownPort = port;
    columns.forEach((column, index) => {
      const hide = Boolean(port && column && column !== port);
      heads[index].hidden = hide;
      if (index) {
        lines.forEach((line) => { line.cells[index - 1].hidden = hide; });
      }
    });
  }

  function isShown(line, filter, found, quiet) {
    if ((filter.host || filter.role) && !line.ends.some((end) => found.has(end))) {
      return false;
    }
    if (filter.state || filter.port) {
      const index = filter.port ? columns.indexOf(filter.port) - 1 : -1;
      const cells = filter.port ? [line.cells[index]] : line.cells;
      if (!cells.some((cell) => cell && cell.className && (!filter.state || cell.classList.contains(filter.state)))) {
        return false;
      }
    }
    return quiet || Boolean(filter.state) || !line.quiet;
  }

  function showLines(filter, found) {
    const quiet = form.elements.quiet.checked;
    dimmed.forEach((cell) => cell.classList.remove("off"));
    dimmed = [];
    let count = 0;
    lines.forEach((line) => {
      const shown = isShown(line, filter, found, quiet);
      line.element.hidden = !shown;
      if (shown) {
        count += 1;
        if (filter.state) {
          dimmed.push(...line.cells.filter((cell) => cell.className && !cell.classList.contains(filter.state)));
        }
      }
    });
    dimmed.forEach((cell) => cell.classList.add("off"));
    blocks.forEach((block) => { block.hidden = !block.querySelector("tr.line:not([hidden])"); });
    looks.forEach((look) => {
      const data = look.dataset;
      look.hidden = Boolean(
        (filter.state && data.state !== filter.state) || (filter.port && data.port !== filter.port) ||
        ((filter.host || filter.role) && !found.has(data.from) && !found.has(data.to)));
    });
    return count;
  }

  /* with a port or a state, groups that have no part in what the matrix still shows go too */
  function showGroups(filter, found) {
    const ends = new Set(lines.filter((line) => !line.element.hidden).flatMap((line) => line.ends));
    const counts = { groups: 0, hosts: 0 };
    for (const [number, group] of groups) {
      const shown = found.has(number) && (!(filter.port || filter.state) || ends.has(number));
      group.element.hidden = !shown;
      const hosts = new Set(shown ? found.get(number) : []);
      group.hosts.forEach((host) => { host.card.hidden = !hosts.has(host); });
      counts.groups += shown ? 1 : 0;
      counts.hosts += hosts.size;
    }
    document.getElementById("nothing").hidden = counts.groups > 0;
    return counts;
  }

  function apply() {
    const filter = wanted();
    const found = matching(filter);
    showColumns(filter.port);
    const count = showLines(filter, found);
    const counts = showGroups(filter, found);
    const hostTotal = Array.from(groups.values()).reduce((sum, group) => sum + group.hosts.length, 0);
    const set = names.filter((name) => filter[name]).map((name) => name + " " + filter[name]);
    form.classList.toggle("partly", set.length > 0 || count < lines.length);
    document.getElementById("result").textContent =
      (set.length ? "Filtered by " + set.join(", ") + ": " : "") + count + " of " + lines.length +
      " lines of the matrix, " + counts.groups + " of " + groups.size + " groups, " + counts.hosts + " of " + hostTotal + " hosts";
  }

  function remember() {
    const filter = wanted();
    const query = new URLSearchParams(names.filter((name) => filter[name]).map((name) => [name, filter[name]]));
    if (form.elements.quiet.checked !== quietByDefault) {
      query.set("quiet", form.elements.quiet.checked ? "1" : "0");
    }
    history.replaceState(null, "", "#" + (String(query) || "matrix"));
  }

  /* a hash is either a view (host=…&port=…) or a place in the page */
  function follow() {
    const hash = location.hash.slice(1);
    if (hash.includes("=")) {
      const query = new URLSearchParams(hash);
      names.forEach((name) => { form.elements[name].value = query.get(name) || ""; });
      form.elements.quiet.checked = query.has("quiet") ? query.get("quiet") === "1" : quietByDefault;
      apply();
      document.getElementById("matrix").scrollIntoView();
      return;
    }
    reveal(hash ? document.getElementById(hash) : null);
  }

  /* a place that is folded or filtered away is shown */
  function reveal(place) {
    if (!place) {
      return;
    }
    if (place.closest("[hidden]")) {
      form.reset();
      apply();
    }
    for (let element = place; element; element = element.parentElement) {
      if (element.tagName === "DETAILS") {
        element.open = true;
      }
    }
    place.scrollIntoView();
  }

  function tellAge() {
    const made = Date.parse(document.querySelector("time").dateTime);
    const days = Math.floor((Date.now() - made) / 86400000);
    if (days > 0) {
      document.querySelector(".since").textContent = "(" + days + (days === 1 ? " day" : " days") + " ago)";
    }
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { apply(); remember(); });
  /* some browsers, driven by a program, tell no input of a list; a text that is left tells a change too late */
  all("select", form).forEach((list) => list.addEventListener("change", () => { apply(); remember(); }));
  form.querySelector("button").addEventListener("click", () => { form.reset(); apply(); remember(); });
  window.addEventListener("hashchange", follow);
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    folded.forEach((element) => { element.open = true; });
  });
  window.addEventListener("afterprint", () => { folded.forEach((element) => { element.open = false; }); });
  tellAge();
  apply();
  follow();
}());
