// Finds what is on a page. What is sought is "css:" and a selector, or words
// that a person sees, with | between alternatives; case and the width of spaces
// do not matter.
(() => {
  const plain = text => (text ?? "").replace(/\s+/g, " ").trim().toLowerCase();
  const visible = e => e.checkVisibility ? e.checkVisibility() : true;
  const words = e => [e.innerText, e.value, e.getAttribute("aria-label"), e.title, e.placeholder, e.name,
    ...[...(e.labels ?? [])].map(l => l.innerText)].map(plain).filter(Boolean);
  const seek = (what, among) => {
    if (what.startsWith("css:")) return document.querySelector(what.slice(4));
    const all = [...document.querySelectorAll(among)].filter(visible);
    const sought = what.split("|").map(plain).filter(Boolean);
    return all.find(e => words(e).some(w => sought.includes(w)))
      ?? all.find(e => words(e).some(w => sought.some(s => w.includes(s))));
  };
  return {
    click(what) {
      const e = seek(what, "a, button, input[type=submit], input[type=button], [role=button], [role=link], [role=menuitem], summary");
      e?.click();
      return !!e;
    },
    fill(what, value) {
      const e = seek(what, "input:not([type=submit]):not([type=button]):not([type=hidden]), textarea, select");
      if (!e) return false;
      e.focus();
      // Frameworks watch the setter of the element, not that of its class.
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(e), "value").set.call(e, value);
      for (const kind of ["input", "change"]) e.dispatchEvent(new Event(kind, { bubbles: true }));
      return true;
    },
    shows(what) {
      if (what.startsWith("css:")) {
        const e = document.querySelector(what.slice(4));
        return !!e && visible(e);
      }
      const text = plain(document.body?.innerText) + " " +
        [...document.querySelectorAll("input[type=submit], input[type=button]")].map(e => plain(e.value)).join(" ");
      return what.split("|").map(plain).filter(Boolean).some(s => text.includes(s));
    },
    content() {
      const store = s => { try { return { ...s } } catch { return {} } };
      return {
        url: location.href, title: document.title, text: (document.body?.innerText ?? "").slice(0, 2000),
        html: document.documentElement?.outerHTML ?? "", cookie: document.cookie,
        local: store(localStorage), session: store(sessionStorage),
      };
    },
  };
})()
