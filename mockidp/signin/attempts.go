package signin

import (
	"cmp"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
)

// Status is what an entry in the log of sign-ins says, in the words of
// Scalekit's dashboard.
type Status string

// The statuses of an [Attempt].
const (
	Initiated  Status = "initiated"  // an application has sent somebody here
	Success    Status = "success"    // they are signed in
	Failure    Status = "failure"    // they are not, or not yet: a password or code was wrong
	Suspicious Status = "suspicious" // what only an attacker, or a client with a bug, does
)

// Attempt is an entry in the log of sign-ins.
type Attempt struct {
	Number         uint64    // 1 for the first one, then one more each time
	Time           time.Time // on the clock of the environment
	Status         Status
	ClientID       string
	User           string // e-mail address or ID; empty: nobody has said it yet
	OrganizationID string
	ConnectionID   string
	SessionID      string // of a success, or of what an attacker has stolen from
	Reason         string // of a failure or suspicion; empty otherwise
}

// maxAttempts bounds the log. In a flood the latest entries are kept.
const maxAttempts = 2048

// attempts is the log of sign-ins. It is safe for concurrent use.
type attempts struct {
	now func() time.Time

	mu    sync.Mutex
	kept  []Attempt
	total uint64
}

func (l *attempts) add(a Attempt) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) == maxAttempts {
		l.kept = slices.Delete(l.kept, 0, maxAttempts/4)
	}
	l.total++
	a.Number, a.Time = l.total, l.now()
	l.kept = append(l.kept, a)
}

func (l *attempts) all() []Attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.kept)
}

// Attempts returns the log of sign-ins, oldest first: the last 1,536 entries at
// least.
func (v *Service) Attempts() []Attempt { return v.attempts.all() }

// Suspect logs that a code or refresh token of a session was used again.
func (v *Service) Suspect(s *directory.Session, clientID, reason string) {
	a := Attempt{Status: Suspicious, ClientID: clientID, Reason: reason}
	a.describe(s)
	v.attempts.add(a)
}

// describe sets what a session says about an attempt.
func (a *Attempt) describe(s *directory.Session) {
	if s == nil {
		return
	}
	a.SessionID, a.ConnectionID = s.ID, s.ConnectionID
	if s.User != nil {
		a.User = cmp.Or(s.User.Email, s.User.ID)
	}
	if s.Organization != nil {
		a.OrganizationID = s.Organization.ID
	}
}

// asked returns an attempt with what an authorization request says.
func asked(status Status, form url.Values) Attempt {
	return Attempt{
		Status: status, ClientID: form.Get("client_id"), User: form.Get("login_hint"),
		OrganizationID: form.Get("organization_id"), ConnectionID: form.Get("connection_id"),
	}
}

// noteFailure logs why a request was refused.
func (v *Service) noteFailure(form url.Values, err error) {
	a := asked(Failure, form)
	a.Reason = err.Error()
	v.attempts.add(a)
}

// noteWrong logs what somebody has entered wrongly.
func (v *Service) noteWrong(p pendingLogin, status Status, reason string) {
	a := asked(status, p.form)
	a.User, a.Reason = cmp.Or(p.email, a.User), reason
	if c := p.selection.connection; c != nil {
		a.ConnectionID = c.ID
	}
	v.attempts.add(a)
}

// noteSuccess logs that somebody is signed in.
func (v *Service) noteSuccess(form url.Values, s *directory.Session) {
	a := asked(Success, form)
	a.describe(s)
	v.attempts.add(a)
}
