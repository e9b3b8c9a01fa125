package mockidp

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/page"
)

// serveMail sends a code or a link.
func (e *Environment) serveMail(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if len(e.people.ofType(ConnectionPasswordless)) == 0 || p.name == "" && e.people.user(p.email) == nil {
		seeOther(w, e.pageOf(loginPath, p))
		return
	}
	if r.PostForm.Get("method") == "link" && p.name == "" {
		e.sendLink(w, p)
		return
	}
	e.sendCode(w, p)
}

func (e *Environment) sendCode(w http.ResponseWriter, p pendingLogin) {
	p.code, p.tries = e.ids.digits(), 0
	e.logins.save(p)
	e.logins.send(Mail{
		To:      p.email,
		Subject: "Your code for " + p.client,
		Text:    "Your code is " + p.code + ". It counts for 15 minutes.",
		Code:    p.code,
	})
	seeOther(w, e.pageOf(codePath, p))
}

func (e *Environment) sendLink(w http.ResponseWriter, p pendingLogin) {
	p.code = e.ids.opaque("link")
	e.logins.save(p)
	e.logins.link(p.code, p.id)
	e.logins.send(Mail{
		To:      p.email,
		Subject: "Sign in to " + p.client,
		Text:    "Open the link to sign in. It counts for 15 minutes.",
		Link:    e.issuer + linkPath + "?" + url.Values{"token": {p.code}}.Encode(),
	})
	seeOther(w, e.pageOf(linkPath, p))
}

// serveCode takes the code that was mailed.
func (e *Environment) serveCode(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	connections := e.people.ofType(ConnectionPasswordless)
	if p.code == "" || len(connections) == 0 {
		seeOther(w, e.pageOf(loginPath, p))
		return
	}
	if r.Method != http.MethodPost {
		e.showCode(w, p, "")
		return
	}
	entry := r.PostForm.Get("code")
	digits := strings.NewReplacer(" ", "", "-", "").Replace(entry)
	switch {
	case digits == "":
		e.showCode(w, p, entry, page.Problem{Field: "code", Text: "Enter the code"})
		return
	case p.tries >= maxTries:
		e.showCode(w, p, "", page.Problem{Field: "code", Text: "There were too many wrong codes. Send another one"})
		return
	case !same(p.code, digits):
		p.tries++
		e.logins.save(p)
		e.showCode(w, p, entry, page.Problem{Field: "code", Text: "The code is wrong"})
		return
	}
	e.readMail(w, r, p, connections[0])
}

func (e *Environment) showCode(w http.ResponseWriter, p pendingLogin, entry string, problems ...page.Problem) {
	e.render(w, problems, &page.Code{Login: e.loginFrame(p, "Enter the code", problems...), Email: p.email, Entry: entry})
}

// serveLink says that a link was mailed, and goes on when it is opened.
// Opening it only asks: programs that look for viruses open links, too.
func (e *Environment) serveLink(w http.ResponseWriter, r *http.Request) {
	token := r.Form.Get("token")
	if token == "" {
		e.withPending(func(w http.ResponseWriter, _ *http.Request, p pendingLogin) {
			e.pages.Render(w, http.StatusOK, &page.LinkSent{Login: e.loginFrame(p, "Look into your mail"), Email: p.email})
		})(w, r)
		return
	}
	p, ok := e.logins.linked(token)
	connections := e.people.ofType(ConnectionPasswordless)
	if !ok || len(connections) == 0 {
		e.loginEnded(w)
		return
	}
	if r.Method != http.MethodPost {
		e.pages.Render(w, http.StatusOK, &page.LinkOpened{Login: e.loginFrame(p, "Sign in"), Email: p.email, Token: token})
		return
	}
	e.readMail(w, r, p, connections[0])
}

// readMail goes on when somebody has shown that they read the mail of the
// address, who may be signing up.
func (e *Environment) readMail(w http.ResponseWriter, r *http.Request, p pendingLogin, c *Connection) {
	user := e.people.user(p.email)
	if p.name != "" {
		var err error
		if user, err = e.people.signUp(p.email, p.name); err != nil {
			e.showSignUp(w, p, p.name, p.email, page.Problem{Field: "email", Text: sentence(err.Error())})
			return
		}
	}
	e.proven(w, r, p, user, c)
}

// serveCreate asks for what an account needs.
func (e *Environment) serveCreate(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if r.Method != http.MethodPost {
		e.showSignUp(w, p, "", p.email)
		return
	}
	name, email := strings.TrimSpace(r.PostForm.Get("name")), strings.TrimSpace(r.PostForm.Get("email"))
	var problems []page.Problem
	if name == "" {
		problems = append(problems, page.Problem{Field: "name", Text: "Enter your name"})
	}
	switch problem := emailProblem(email); {
	case problem != "":
		problems = append(problems, page.Problem{Field: "email", Text: problem})
	case e.people.user(email) != nil:
		problems = append(problems, page.Problem{Field: "email", Text: "There is an account for this email address already"})
	}
	if len(problems) > 0 {
		e.showSignUp(w, p, name, email, problems...)
		return
	}
	p.name, p.email = name, email
	e.sendCode(w, p)
}

func (e *Environment) showSignUp(w http.ResponseWriter, p pendingLogin, name, email string, problems ...page.Problem) {
	e.render(w, problems, &page.SignUp{Login: e.loginFrame(p, "Sign up", problems...), Name: name, Email: email})
}

// sentence begins the text of an error as people do.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:]
}

// serveOutbox shows the mail.
func (e *Environment) serveOutbox(w http.ResponseWriter, _ *http.Request) {
	view := &page.Outbox{Frame: e.frame("Outbox")}
	for _, m := range e.logins.outbox() {
		view.Mails = append([]page.Mail{{Time: m.Time, To: m.To, Subject: m.Subject, Text: m.Text, Link: m.Link}}, view.Mails...)
	}
	e.pages.Render(w, http.StatusOK, view)
}
