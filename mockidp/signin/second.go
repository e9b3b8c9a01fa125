package signin

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/page"
	"github.com/assay-id/assay/mockidp/internal/totp"
)

// secondStep is how far a login is with its second factor.
type secondStep struct {
	asked     bool
	secret    string   // of the authenticator app that is being enrolled
	code      string   // mailed; empty: the app is asked
	tries     int      // wrong codes so far
	confirmed []string // see [directory.Session]; nil: not yet
}

// secondFactors returns the second factors that a user may choose from when
// entering an organization, or none if none is asked for.
func (v *chooser) secondFactors(
	u *directory.User, first directory.ConnectionType, o *directory.Organization,
) ([]directory.Factor, error) {
	var offered []directory.Factor
	if o != nil {
		offered = slices.Clone(o.MFA)
	}
	if u.TOTPSecret != "" && !slices.Contains(offered, directory.FactorTOTP) {
		offered = append(offered, directory.FactorTOTP)
	}
	if len(offered) == 0 {
		return nil, nil
	}
	if u.Email == "" || first == directory.ConnectionPasswordless {
		// A second mail would prove nothing that the first has not proved.
		offered = slices.DeleteFunc(offered, func(f directory.Factor) bool {
			return f == directory.FactorEmail
		})
	}
	if len(offered) == 0 {
		return nil, oauth.Refuse("access_denied", fmt.Sprintf(
			"the organization %s takes only an e-mail as the second factor, and the login began with one or the user has no address: "+
				"sign in with a password, or allow apps with assay idp ctl organizations set %s --mfa totp,email", o.ID, o.ID))
	}
	return offered, nil
}

// lacksSecond reports whether an existing session must be confirmed before it
// may be used in its organization.
func (v *chooser) lacksSecond(s *directory.Session) bool {
	if s.Confirmed != nil || s.Organization == nil {
		return false
	}
	o := v.People.Organization(s.Organization.ID)
	return o != nil && len(o.MFA) > 0
}

// beginSecond returns the page on which somebody who is signed in confirms
// that.
func (v *Service) beginSecond(
	current *directory.Session, o *directory.Organization, form url.Values,
) (string, error) {
	p := v.newPending(form, selection{organization: v.People.Organization(o.ID)})
	p.user, p.current, p.email = current.User, current, current.User.Email
	offered, err := v.offered(p)
	if err != nil {
		return "", err
	}
	v.logins.save(v.prepareSecond(p, offered))
	return v.pageOf(secondPath, p), nil
}

// first returns how a pending login was proved first.
func (v *Service) first(p pendingLogin) directory.ConnectionType {
	switch {
	case p.current != nil:
		return v.People.TypeOf(p.current.ConnectionID)
	case p.selection.connection != nil:
		return p.selection.connection.Type
	}
	return directory.ConnectionPassword
}

// offered returns the second factors of a pending login.
func (v *Service) offered(p pendingLogin) ([]directory.Factor, error) {
	return v.secondFactors(p.user, v.first(p), p.selection.organization)
}

// askSecond answers with the question for a second factor, unless the login
// needs none or is confirmed.
func (v *Service) askSecond(w http.ResponseWriter, r *http.Request, p pendingLogin) bool {
	if p.second.confirmed != nil || p.user.Inactive || v.admits(p.user, p.selection) != nil {
		return false
	}
	if p.current != nil && p.current.Confirmed != nil {
		return false
	}
	offered, err := v.offered(p)
	if err != nil {
		if !v.logins.take(p.id) {
			v.loginEnded(w)
			return true
		}
		v.redirectError(w, r, p.form, err)
		return true
	}
	if len(offered) == 0 {
		return false
	}
	v.logins.save(v.prepareSecond(p, offered))
	answer.SeeOther(w, v.pageOf(secondPath, p))
	return true
}

// prepareSecond makes what the question needs: a secret to enrol, or a mail.
func (v *Service) prepareSecond(p pendingLogin, offered []directory.Factor) pendingLogin {
	p.second.asked, p.second.code = true, ""
	switch {
	case !slices.Contains(offered, directory.FactorTOTP):
		return v.mailSecond(p)
	case p.user.TOTPSecret == "" && p.second.secret == "":
		// 160 bits, as RFC 4226, 4 recommends.
		secret := v.IDs.Sum(v.IDs.Opaque("authenticator app"))
		p.second.secret = totp.Encode(secret[:20])
	}
	return p
}

// mailSecond mails a code.
func (v *Service) mailSecond(p pendingLogin) pendingLogin {
	p.second.code = v.IDs.Digits()
	v.logins.send(Mail{
		To:      p.user.Email,
		Subject: "Confirm that you are signing in to " + p.client,
		Text:    "Your code is " + p.second.code + ". It is valid for 15 minutes.",
		Code:    p.second.code,
	})
	return p
}

// serveSecond asks for the second factor and accepts it.
func (v *Service) serveSecond(w http.ResponseWriter, r *http.Request, p pendingLogin) {
	if !p.second.asked {
		answer.SeeOther(w, v.pageOf(loginPath, p))
		return
	}
	if p.user = v.People.User(p.user.ID); p.user == nil {
		v.loginEnded(w)
		return
	}
	if p.user.TOTPSecret != "" {
		p.second.secret = "" // Another login has enrolled an app in the meantime.
	}
	offered, err := v.offered(p)
	if err != nil || len(offered) == 0 {
		v.conclude(w, r, p)
		return
	}
	if r.Method != http.MethodPost {
		v.showSecond(w, p, offered, "")
		return
	}
	if f := directory.Factor(r.PostForm.Get("factor")); slices.Contains(offered, f) {
		if f == directory.FactorEmail {
			p = v.mailSecond(p)
		} else {
			p = v.prepareSecond(p, offered)
		}
		v.logins.save(p)
		answer.SeeOther(w, v.pageOf(secondPath, p))
		return
	}
	v.confirm(w, r, p, offered)
}

// confirm accepts a code.
func (v *Service) confirm(
	w http.ResponseWriter, r *http.Request, p pendingLogin, offered []directory.Factor,
) {
	entry := r.PostForm.Get("code")
	digits := strings.NewReplacer(" ", "", "-", "").Replace(entry)
	switch {
	case digits == "":
		v.showSecond(w, p, offered, entry, page.Problem{Field: "code", Text: "Enter the code"})
		return
	case p.second.tries >= maxTries:
		v.noteWrong(p, Suspicious, "second factor: too many wrong codes")
		v.showSecond(w, p, offered, "", page.Problem{Field: "code", Text: "Too many wrong codes. Start again"})
		return
	}
	if status, problem := v.wrong(p, digits); problem != "" {
		p.second.tries++
		v.logins.save(p)
		v.noteWrong(p, status, "second factor: "+problem)
		v.showSecond(w, p, offered, entry, page.Problem{Field: "code", Text: sentence(problem)})
		return
	}
	if p.second.secret != "" && p.second.code == "" {
		enrolled, err := v.People.Enrol(p.user.ID, p.second.secret)
		if err != nil {
			v.showSecond(w, p, offered, "", page.Problem{Text: sentence(err.Error())})
			return
		}
		p.user = enrolled
	}
	p.second.confirmed = directory.Confirmed(v.first(p))
	v.conclude(w, r, p)
}

// farSteps is how far off a code is recognized, to say that a clock is wrong.
const farSteps = 20

// wrong says what is wrong with a code, or nothing. A code of an app is used
// up. RFC 6238, 5.2.
func (v *Service) wrong(p pendingLogin, digits string) (Status, string) {
	if p.second.code != "" {
		if !oauth.Same(p.second.code, digits) {
			return Failure, "the mailed code is wrong"
		}
		return "", ""
	}
	secret := cmp.Or(p.second.secret, p.user.TOTPSecret)
	key, err := totp.Decode(secret)
	if err != nil {
		return Failure, "the secret of the authenticator app is " + err.Error()
	}
	now := totp.At(v.Now())
	step, ok := totp.Find(key, digits, now, farSteps)
	switch {
	case !ok:
		return Failure, "the code of the authenticator app is wrong"
	case step < now-totp.Window:
		return Failure, fmt.Sprintf("the code is %s old: take the one that the app shows, and check its clock",
			time.Duration(now-step)*totp.Step)
	case step > now+totp.Window:
		return Failure, fmt.Sprintf("the code is %s early: check the clock of the app", time.Duration(step-now)*totp.Step)
	case !v.logins.useStep(secret, step):
		return Suspicious, "the code of the authenticator app was already used: wait for the next one"
	}
	return "", ""
}

func (v *Service) showSecond(
	w http.ResponseWriter, p pendingLogin, offered []directory.Factor, entry string, problems ...page.Problem,
) {
	view := &page.SecondFactor{
		Login:  v.loginFrame(p, "Confirm that it is you", problems...),
		Mailed: p.second.code != "",
		Email:  cmp.Or(p.user.Email, p.user.ID),
		TOTP:   slices.Contains(offered, directory.FactorTOTP),
		Mail:   slices.Contains(offered, directory.FactorEmail),
		Entry:  entry,
	}
	if secret := p.second.secret; secret != "" && !view.Mailed {
		view.Secret = secret
		// The scheme is not one that templates trust.
		view.URI = template.URL(totp.URI(secret, p.client, view.Email))
	}
	v.render(w, problems, view)
}

// TOTP returns the code that the authenticator app of a user shows: the first
// one that is accepted and was not used yet.
func (v *Service) TOTP(userID string) (string, error) {
	u := v.People.User(userID)
	switch {
	case u == nil:
		return "", fmt.Errorf("there is no user %q", userID)
	case u.TOTPSecret == "":
		return "", fmt.Errorf("user %q has no authenticator app: enrol one at a login to an organization with --mfa totp, "+
			"or set its secret with assay idp ctl users set %s --totp-secret", u.ID, u.ID)
	}
	key, err := totp.Decode(u.TOTPSecret)
	if err != nil {
		return "", fmt.Errorf("the TOTP secret of user %q is %w", u.ID, err)
	}
	now := v.Now()
	step := max(totp.At(now), v.logins.usedStep(u.TOTPSecret)+1)
	if early := step - totp.Window; early > totp.At(now) {
		wait := time.Unix(early*int64(totp.Step/time.Second), 0).Sub(now)
		return "", fmt.Errorf("user %q has used all codes of this time: the next one is accepted in %s",
			u.ID, wait.Round(time.Second))
	}
	return totp.Code(key, step), nil
}

// useStep uses up the code of a step and all earlier ones. It reports whether
// that was still possible.
func (l *logins) useStep(secret string, step int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if last, used := l.steps.Get(secret, now); used && last >= step {
		return false
	}
	// Later, the window has passed the step.
	l.steps.Put(secret, step, now, now.Add(2*(totp.Window+1)*totp.Step))
	return true
}

// usedStep returns the last step whose code was used, or 0.
func (l *logins) usedStep(secret string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	last, _ := l.steps.Get(secret, l.now())
	return last
}
