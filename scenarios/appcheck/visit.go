package appcheck

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/appcheck/browser"
)

// visitor is a person with a browser of their own.
type visitor struct {
	*browser.Tab
	w *world
}

// stepError says that a step of the script could not be done.
type stepError struct {
	step Step
	at   string // the URL of the page
	text string // the beginning of the page
}

func (e *stepError) Error() string {
	if e.step.Wait != "" {
		return fmt.Sprintf("%s does not show %q; it shows %q", e.at, e.step.Wait, e.text)
	}
	return fmt.Sprintf("there is nothing to %s on %s, which shows %q", e.step, e.at, e.text)
}

// visit opens a browser that nobody has used. The caller closes it.
func (w *world) visit(ctx context.Context) (*visitor, error) {
	tab, err := w.browser.NewTab(ctx)
	if err != nil {
		return nil, err
	}
	return &visitor{tab, w}, nil
}

// within bounds one action in time.
func (w *world) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, w.timeout, fmt.Errorf("%w: it took longer than %v", errSlow, w.timeout))
}

// errSlow is the cause of a context that has ended after the time of one action.
var errSlow = errors.New("the application does not answer in time")

// open opens a path of the application.
func (v *visitor) open(ctx context.Context, path string) error {
	at, err := v.w.url.Parse(path)
	if err != nil {
		return err
	}
	return v.openURL(ctx, at.String())
}

func (v *visitor) openURL(ctx context.Context, at string) error {
	ctx, cancel := v.w.within(ctx)
	defer cancel()
	return v.Open(ctx, at)
}

// do does the steps one after the other.
func (v *visitor) do(ctx context.Context, steps []Step) error {
	for _, step := range steps {
		if err := v.step(ctx, step); err != nil {
			return err
		}
	}
	return nil
}

func (v *visitor) step(ctx context.Context, step Step) error {
	ctx, cancel := v.w.within(ctx)
	defer cancel()
	var found bool
	var err error
	switch {
	case step.Open != "":
		return v.open(ctx, step.Open)
	case step.Wait != "":
		found, err = v.appears(ctx, step.Wait)
	case step.Click != "":
		found, err = v.await(ctx, func() (bool, error) { return v.Click(ctx, step.Click) })
	default:
		found, err = v.await(ctx, func() (bool, error) { return v.Fill(ctx, step.Fill.In, step.Fill.With) })
	}
	if err != nil {
		return err
	}
	if !found {
		at, text := v.where(ctx)
		return &stepError{step, at, text}
	}
	return v.Settle(ctx)
}

// How long what a page shows may take to appear after it was loaded, and how
// often it is looked at.
const (
	appearTime = 5 * time.Second
	lookEvery  = 100 * time.Millisecond
)

// await tries until it succeeds, for as long as a page may take to show what is
// on it.
func (v *visitor) await(ctx context.Context, try func() (bool, error)) (bool, error) {
	for end := time.Now().Add(appearTime); ; {
		found, err := try()
		// The scripts of a page that is leaving fail, and those of the next one
		// do not.
		if errors.Is(err, browser.ErrClosed) || err != nil && ctx.Err() != nil {
			return false, err
		}
		if found && err == nil || time.Now().After(end) {
			return found, nil
		}
		select {
		case <-time.After(lookEvery):
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// appears waits until the page shows what.
func (v *visitor) appears(ctx context.Context, what string) (bool, error) {
	return v.await(ctx, func() (bool, error) { return v.Shows(ctx, what) })
}

// where returns the URL and the beginning of the page, for people. Without a
// page it is silent.
func (v *visitor) where(ctx context.Context) (at, text string) {
	page, err := v.Page(ctx)
	if err != nil {
		return "the page", ""
	}
	return reports.Redact(page.URL), reports.Excerpt(strings.Join(strings.Fields(page.Text), " "), 160)
}

// login does the steps of a login from the start page on.
func (v *visitor) login(ctx context.Context) error {
	if err := v.open(ctx, v.w.start); err != nil {
		return err
	}
	return v.do(ctx, v.w.script.Login)
}

// signIn is a login that must succeed.
func (v *visitor) signIn(ctx context.Context) error {
	if err := v.login(ctx); err != nil {
		return err
	}
	return v.arrive(ctx)
}

// arrive waits until the start page shows that somebody is signed in. A login may
// end on another page.
func (v *visitor) arrive(ctx context.Context) error {
	ctx, cancel := v.w.within(ctx)
	defer cancel()
	if shows, err := v.Shows(ctx, v.w.script.SignedIn); err == nil && shows {
		return nil
	}
	at, text := v.where(ctx)
	if err := v.open(ctx, v.w.start); err != nil {
		return err
	}
	shows, err := v.appears(ctx, v.w.script.SignedIn)
	if err == nil && !shows {
		return &stepError{Step{Wait: v.w.script.SignedIn}, at, text}
	}
	return err
}

// signedIn opens the start page and reports whether it shows a session.
func (v *visitor) signedIn(ctx context.Context) (bool, error) {
	ctx, cancel := v.w.within(ctx)
	defer cancel()
	if err := v.open(ctx, v.w.start); err != nil {
		return false, err
	}
	return v.Shows(ctx, v.w.script.SignedIn)
}

// cookies returns the cookies of the application.
func (v *visitor) cookies(ctx context.Context) ([]browser.Cookie, error) {
	all, err := v.Cookies(ctx)
	host := v.w.url.Hostname()
	return slices.DeleteFunc(all, func(c browser.Cookie) bool {
		domain := strings.TrimPrefix(c.Domain, ".")
		return v.w.provider.owns(c.Name) || host != domain && !strings.HasSuffix(host, "."+domain)
	}), err
}

// opensSession reports whether somebody with these cookies, and nothing else, is
// signed in.
func (w *world) opensSession(ctx context.Context, cookies []browser.Cookie) (bool, error) {
	v, err := w.visit(ctx)
	if err != nil {
		return false, err
	}
	defer v.Close()
	if err := v.SetCookies(ctx, cookies); err != nil {
		return false, err
	}
	return v.signedIn(ctx)
}

// attempt is a login in a fresh browser whose authorization response was
// changed, or whose tokens were.
type attempt struct {
	signedIn bool
	note     string // where it ended
}

// try logs in with authorization responses that f changes, and reports whether
// that signed somebody in.
func (w *world) try(ctx context.Context, f func(*url.URL) bool) (attempt, error) {
	v, err := w.visit(ctx)
	if err != nil {
		return attempt{}, err
	}
	defer v.Close()
	w.provider.change(f)
	defer w.provider.change(nil)
	if err := v.login(ctx); err != nil {
		return attempt{}, err
	}
	return v.outcome(ctx)
}

// outcome says where the visitor is and whether they are signed in.
func (v *visitor) outcome(ctx context.Context) (attempt, error) {
	at, text := v.where(ctx)
	in, err := v.signedIn(ctx)
	return attempt{in, fmt.Sprintf("the callback ended at %s, which shows %q", at, text)}, err
}

// hold begins a login and returns the authorization response, which the browser
// does not get.
func (v *visitor) hold(ctx context.Context) (*url.URL, error) {
	before := v.w.provider.traffic()
	v.w.provider.change(func(*url.URL) bool { return false })
	defer v.w.provider.change(nil)
	if err := v.login(ctx); err != nil {
		return nil, err
	}
	begun := v.w.provider.traffic().since(before).logins
	if len(begun) == 0 {
		return nil, errNoLogin
	}
	return begun[len(begun)-1].response, nil
}

// begin opens a browser that nobody has used, and begins a login in it; see hold.
// The caller closes the browser.
func (w *world) begin(ctx context.Context) (v *visitor, response *url.URL, err error) {
	if v, err = w.visit(ctx); err != nil {
		return nil, nil, err
	}
	if response, err = v.hold(ctx); err != nil {
		v.Close()
		return nil, nil, err
	}
	return v, response, nil
}

// errNoLogin is returned if the steps of a login do not lead to the provider.
var errNoLogin = errors.New("the login did not lead to the provider")
