package signin

import (
	"net/url"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/bounded"
)

const (
	// pendingLifetime is how long a user may take to sign in, and how long
	// the codes and links in the mail are valid.
	pendingLifetime = 15 * time.Minute

	// browserLifetime is how long a browser stays signed in.
	browserLifetime = 24 * time.Hour

	// maxPending and maxBrowsers bound the logins and browsers that are
	// remembered.
	maxPending  = 1 << 12
	maxBrowsers = 1 << 12

	// maxMails bounds the outbox. In a flood the latest mails are kept.
	maxMails = 200

	// maxTries is how many wrong codes may be entered.
	maxTries = 5
)

// pendingLogin is an authorization request whose user is still signing in.
// It is passed around by value and replaced as a whole.
type pendingLogin struct {
	id        string
	form      url.Values // the authorization request, never changed
	client    string     // the name of the client
	selection selection  // chosen by the request, and later by the user

	email string          // that the user claims to have
	name  string          // of a user who is signing up; empty: nobody is
	code  string          // the mailed one, or the token of a link
	mark  string          // of the browser that has asked for the link
	tries int             // wrong codes so far
	user  *directory.User // that has signed in; nil: none yet

	second secondStep // after the first proof

	// current is the session of a user who was already signed in and only
	// chooses an organization.
	current *directory.Session
}

// Mail is a message that an environment would have sent.
type Mail struct {
	Time    time.Time // on the clock of the environment
	To      string
	Subject string
	Text    string
	Code    string // the code in the text, if any
	Link    string // the link below the text, if any
}

// logins remembers who is signing in, who is signed in with which browser,
// and what was mailed. It is safe for concurrent use.
type logins struct {
	now func() time.Time

	mu       sync.Mutex
	pending  *bounded.Map[pendingLogin]
	links    *bounded.Map[string]             // pending logins by the token of the link
	browsers *bounded.Map[*directory.Session] // keyed by the value of the cookie
	steps    *bounded.Map[int64]              // last used, by the secret of the authenticator app
	mails    []Mail
}

func newLogins(now func() time.Time) *logins {
	forget := func() {} // The user concerned has to sign in again.
	return &logins{
		now:      now,
		pending:  bounded.New[pendingLogin](maxPending, forget),
		links:    bounded.New[string](maxPending, forget),
		browsers: bounded.New[*directory.Session](maxBrowsers, forget),
		steps:    bounded.New[int64](maxPending, forget),
	}
}

// get returns a pending login.
func (l *logins) get(id string) (pendingLogin, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.pending.Get(id, l.now())
}

// save adds or replaces a pending login.
func (l *logins) save(p pendingLogin) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.pending.Put(p.id, p, now, now.Add(pendingLifetime))
}

// take ends a pending login. It returns true to one of several concurrent
// callers.
func (l *logins) take(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.pending.Get(id, l.now())
	l.pending.Remove(id)
	return ok
}

// link remembers the pending login of the token of a link.
func (l *logins) link(token, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.links.Put(token, id, now, now.Add(pendingLifetime))
}

// linked returns the pending login of the token of a link, unless another
// code or link has been mailed since.
func (l *logins) linked(token string) (pendingLogin, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	id, ok := l.links.Get(token, now)
	if !ok {
		return pendingLogin{}, false
	}
	p, ok := l.pending.Get(id, now)
	return p, ok && p.code == token
}

// remember signs a browser in.
func (l *logins) remember(cookie string, s *directory.Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.browsers.Put(cookie, s, now, now.Add(browserLifetime))
}

// browser returns the session that a browser is signed in to, or nil.
func (l *logins) browser(cookie string) *directory.Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, _ := l.browsers.Get(cookie, l.now())
	return s
}

// forget signs out the browser with the cookie, and every browser that is
// signed in to the session with the sid.
func (l *logins) forget(cookie, sid string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.browsers.Remove(cookie)
	l.browsers.RemoveFunc(func(s *directory.Session) bool { return sid != "" && s.ID == sid })
}

// forgetUser signs out every browser of a user.
func (l *logins) forgetUser(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.browsers.RemoveFunc(func(s *directory.Session) bool { return s.User.ID == id })
}

// send puts a message into the outbox.
func (l *logins) send(m Mail) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m.Time = l.now()
	if len(l.mails) == maxMails {
		l.mails = append(l.mails[:0:0], l.mails[1:]...)
	}
	l.mails = append(l.mails, m)
}

// outbox returns the messages, oldest first.
func (l *logins) outbox() []Mail {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Mail(nil), l.mails...)
}
