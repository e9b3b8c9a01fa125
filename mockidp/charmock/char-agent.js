// A stand-in for Char's embedded agent: <char-agent api-base="http://127.0.0.1:4000">.
//
// connect() takes what Char documents: { ticketAuth }, { publishableKey, idToken? } or
// { idToken, clientId }. It returns whether the options make sense; what comes of them
// is an event, char-connected or char-error, and shown. The token is never kept in the
// document.

class CharAgent extends HTMLElement {
  #base = "";
  #calls = 0;

  connectedCallback() {
    this.#base = (this.getAttribute("api-base") || new URL(import.meta.url).origin).replace(/\/+$/, "");
    this.setAttribute("role", "status");
    this.#show("Not connected to Char.");
    this.dispatchEvent(new CustomEvent("char-initialized", { bubbles: true }));
  }

  connect(options) {
    const { ticketAuth, publishableKey, idToken, clientId } = options ?? {};
    if (ticketAuth) {
      this.#connected(() => ticketAuth);
    } else if (publishableKey) {
      this.#connected(() => this.#post("/api/auth/pk-ticket", {
        publishable_key: publishableKey, ...(idToken === undefined ? {} : { id_token: idToken }),
        embedding_origin: location.origin,
      }));
    } else if (idToken && clientId) {
      this.#connected(() => this.#post("/api/auth/ticket", { client_id: clientId }, idToken));
    } else {
      this.#failed({ code: "MISSING_PUBLISHABLE_KEY", message: "connect() needs ticketAuth, publishableKey, or idToken and clientId" });
      return false;
    }
    return true;
  }

  // A later connect() wins over one that is still under way.
  async #connected(obtain) {
    const call = ++this.#calls;
    try {
      const { ticket } = await obtain();
      const user = await this.#post("/api/connect", { ticket });
      if (call !== this.#calls) return;
      this.#show(`Connected to Char as ${user.userId}` + (user.orgId ? ` of ${user.orgId}.` : "."));
      this.dispatchEvent(new CustomEvent("char-connected", { bubbles: true, detail: user }));
    } catch (error) {
      if (call === this.#calls) this.#failed(error);
    }
  }

  async #post(path, body, token) {
    const headers = { "Content-Type": "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    try {
      response = await fetch(this.#base + path, { method: "POST", headers, body: JSON.stringify(body) });
    } catch {
      throw { code: "UNREACHABLE", message: `${this.#base} cannot be reached from ${location.origin}` };
    }
    const answer = await response.json();
    if (!response.ok) throw answer.error;
    return answer;
  }

  #failed(error) {
    const detail = { code: error?.code ?? "INTERNAL_ERROR", message: error?.message ?? String(error), causes: error?.causes ?? [] };
    this.#show(`${detail.code}: ${detail.message}`, detail.causes);
    this.dispatchEvent(new CustomEvent("char-error", { bubbles: true, detail }));
  }

  #show(text, causes = []) {
    const line = document.createElement("p");
    line.textContent = text;
    const list = document.createElement("ul");
    for (const cause of causes) {
      const item = document.createElement("li");
      item.textContent = cause.do ? `${cause.text}. ${cause.do}` : cause.text;
      list.append(item);
    }
    this.replaceChildren(line, ...(causes.length ? [list] : []));
  }
}

customElements.define("char-agent", CharAgent);
