package signin

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/page"
)

// serveMail sends a code or a link.
func (v *Service) serveMail(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if len(v.People.OfType(directory.ConnectionPasswordless)) == 0 ||
		p.name == "" && v.People.User(p.email) == nil {
		answer.SeeOther(w, v.pageOf(loginPath, p))
		return
	}
	if r.PostForm.Get("method") == "link" && p.name == "" {
		v.sendLink(w, r, p)
		return
	}
	v.sendCode(w, p)
}

func (v *Service) sendCode(w http.ResponseWriter, p pendingLogin) {
	p.code, p.tries = v.IDs.Digits(), 0
	v.logins.save(p)
	v.logins.send(Mail{
		To:      p.email,
		Subject: "Your code for " + p.client,
		Text:    "Your code is " + p.code + ". It is valid for 15 minutes.",
		Code:    p.code,
	})
	answer.SeeOther(w, v.pageOf(codePath, p))
}

func (v *Service) sendLink(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	p.code, p.mark = v.IDs.Opaque("link"), v.markBrowser(w, r)
	v.logins.save(p)
	v.logins.link(p.code, p.id)
	v.logins.send(Mail{
		To:      p.email,
		Subject: "Sign in to " + p.client,
		Text:    "Open the link to sign in. It is valid for 15 minutes.",
		Link:    v.Issuer + linkPath + "?" + url.Values{"token": {p.code}}.Encode(),
	})
	answer.SeeOther(w, v.pageOf(linkPath, p))
}

// serveCode accepts the code that was mailed.
func (v *Service) serveCode(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	connections := v.People.OfType(directory.ConnectionPasswordless)
	if p.code == "" || len(connections) == 0 {
		answer.SeeOther(w, v.pageOf(loginPath, p))
		return
	}
	if r.Method != http.MethodPost {
		v.showCode(w, p, "")
		return
	}
	entry := r.PostForm.Get("code")
	digits := strings.NewReplacer(" ", "", "-", "").Replace(entry)
	switch {
	case digits == "":
		v.showCode(w, p, entry, page.Problem{Field: "code", Text: "Enter the code"})
		return
	case p.tries >= maxTries:
		v.noteWrong(p, Suspicious, "too many wrong codes")
		v.showCode(w, p, "", page.Problem{
			Field: "code", Text: "Too many wrong codes. Request a new one",
		})
		return
	case !oauth.Same(p.code, digits):
		p.tries++
		v.noteWrong(p, Failure, "the code is wrong")
		v.logins.save(p)
		v.showCode(w, p, entry, page.Problem{Field: "code", Text: "The code is wrong"})
		return
	}
	v.readMail(w, r, p, connections[0])
}

func (v *views) showCode(
	w http.ResponseWriter, p pendingLogin, entry string, problems ...page.Problem,
) {
	v.render(w, problems, &page.Code{
		Login: v.loginFrame(p, "Enter the code", problems...), Email: p.email, Entry: entry,
	})
}

// serveLink says that a link was mailed, and continues when it is opened.
// Opening it only shows a question, because virus scanners open links, too.
func (v *Service) serveLink(w http.ResponseWriter, r *http.Request) {
	token := r.Form.Get("token")
	if token == "" {
		v.withPending(func(w http.ResponseWriter, _ *http.Request, p pendingLogin) {
			v.Pages.Render(w, http.StatusOK, &page.LinkSent{
				Login: v.loginFrame(p, "Check your mail"), Email: p.email,
			})
		})(w, r)
		return
	}
	p, ok := v.logins.linked(token)
	connections := v.People.OfType(directory.ConnectionPasswordless)
	if !ok || len(connections) == 0 {
		v.loginEnded(w)
		return
	}
	here := askedHere(r, p.mark)
	switch {
	case !here && v.LinkSameBrowser:
		v.noteWrong(p, Failure, "the link was opened in another browser than the one that asked for it")
		v.ShowMessage(w, http.StatusForbidden, "Open the link in the other browser",
			"You asked to sign in to "+p.client+" with another browser, or it blocks cookies. This environment takes a link only from the "+
				"browser that asked for it.",
			"Copy the link to that browser, or go back to the application and sign in with this one.")
		return
	case r.Method != http.MethodPost:
		v.Pages.Render(w, http.StatusOK, &page.LinkOpened{
			Login: v.loginFrame(p, "Sign in"), Email: p.email, Token: token, Elsewhere: !here,
		})
		return
	}
	v.readMail(w, r, p, connections[0])
}

// readMail continues when somebody, who may be signing up, has shown that
// they can read the mail of the address.
func (v *Service) readMail(
	w http.ResponseWriter, r *http.Request, p pendingLogin, c *directory.Connection,
) {
	user := v.People.User(p.email)
	if p.name != "" {
		var err error
		if user, err = v.People.SignUp(p.email, p.name); err != nil {
			v.showSignUp(w, p, p.name, p.email, page.Problem{
				Field: "email", Text: sentence(err.Error()),
			})
			return
		}
	}
	v.proven(w, r, p, user, c)
}

// serveCreate asks for the name and address of a new account.
func (v *Service) serveCreate(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if r.Method != http.MethodPost {
		v.showSignUp(w, p, "", p.email)
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
	case v.People.User(email) != nil:
		problems = append(problems, page.Problem{
			Field: "email", Text: "There is already an account for this email address",
		})
	}
	if len(problems) > 0 {
		v.showSignUp(w, p, name, email, problems...)
		return
	}
	p.name, p.email = name, email
	v.sendCode(w, p)
}

func (v *views) showSignUp(
	w http.ResponseWriter, p pendingLogin, name, email string, problems ...page.Problem,
) {
	v.render(w, problems, &page.SignUp{
		Login: v.loginFrame(p, "Sign up", problems...), Name: name, Email: email,
	})
}

// sentence turns the text of an error into the beginning of a sentence.
func sentence(text string) string {
	return strings.ToUpper(text[:1]) + text[1:]
}

// serveOutbox shows the mail.
func (v *Service) serveOutbox(w http.ResponseWriter, _ *http.Request) {
	view := &page.Outbox{Frame: v.frame("Outbox")}
	for _, m := range v.logins.outbox() {
		view.Mails = append([]page.Mail{{Time: m.Time, To: m.To, Subject: m.Subject, Text: m.Text, Link: m.Link}}, view.Mails...)
	}
	v.Pages.Render(w, http.StatusOK, view)
}
