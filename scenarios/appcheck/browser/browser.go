package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// ErrNotFound is returned by [Find] if no browser is installed.
var ErrNotFound = errors.New("no Chromium or Chrome is installed")

// names are the programs that speak the protocol, the usual first.
var names = [...]string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
}

// Find returns the path of a browser that is installed.
func Find() (string, error) {
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNotFound
}

// How long the browser may take to start, and to end when it is asked to.
const (
	startTime = 30 * time.Second
	endTime   = 3 * time.Second
)

// Browser is a running browser without a window. [Start] makes it. It is safe
// for concurrent use.
type Browser struct {
	cmd     *exec.Cmd
	conn    *conn
	profile string
	exited  chan struct{}
}

// Start starts the browser at path with a profile of its own, which is removed
// at the end. The caller must call [Browser.Close].
func Start(ctx context.Context, path string) (*Browser, error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("a browser cannot be driven on Windows: use WSL, or a container")
	}
	profile, err := os.MkdirTemp("", "assay-browser-")
	if err != nil {
		return nil, err
	}
	b := &Browser{profile: profile, exited: make(chan struct{})}
	if err := b.start(path); err != nil {
		_ = os.RemoveAll(profile)
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	var version struct{ Product string }
	if err := b.conn.call(ctx, "", "Browser.getVersion", struct{}{}, &version); err != nil {
		b.Close()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return b, nil
}

// start runs the program with the pipes of the protocol: it reads calls from
// its file descriptor 3 and writes to 4.
func (b *Browser) start(path string) error {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return err
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		theirIn.Close()
		in.Close()
		return err
	}
	b.cmd = exec.Command(path, arguments(b.profile)...)
	b.cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	err = b.cmd.Start()
	theirIn.Close()
	theirOut.Close()
	if err != nil {
		in.Close()
		out.Close()
		return err
	}
	b.conn = newConn(out, in)
	go func() {
		defer close(b.exited)
		_ = b.cmd.Wait() // however it ended, it is gone
		in.Close()
		<-b.conn.ended
		out.Close()
	}()
	return nil
}

// arguments returns the command line of a browser that has no window, asks
// nothing, and calls nobody by itself.
func arguments(profile string) []string {
	all := []string{
		"--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + profile,
		"--no-first-run", "--no-default-browser-check", "--no-proxy-server",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--disable-gpu", "--disable-dev-shm-usage", "--mute-audio", "--password-store=basic", "--use-mock-keychain",
		"--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider,HttpsUpgrades",
		// A page that is not in front would be slowed down.
		"--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
	}
	if os.Geteuid() == 0 {
		// Chromium refuses to start as root with its sandbox, as in containers.
		all = append(all, "--no-sandbox")
	}
	return append(all, "about:blank")
}

// Close ends the browser and removes its profile.
func (b *Browser) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	// The error is that it has ended, or does not answer and is killed.
	_ = b.conn.call(ctx, "", "Browser.close", struct{}{}, nil)
	select {
	case <-b.exited:
	case <-ctx.Done():
		_ = b.cmd.Process.Kill()
		<-b.exited
	}
	b.removeProfile()
}

// removeProfile removes the profile, to which processes of the browser that are
// about to end may still write.
func (b *Browser) removeProfile() {
	for range 20 {
		if os.RemoveAll(b.profile) == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// NewTab opens a tab with cookies and storage of its own, as in a browser that
// nobody has used. The caller must call [Tab.Close].
func (b *Browser) NewTab(ctx context.Context) (*Tab, error) {
	var context struct {
		ID string `json:"browserContextId"`
	}
	if err := b.conn.call(ctx, "", "Target.createBrowserContext", struct{}{}, &context); err != nil {
		return nil, err
	}
	t := &Tab{conn: b.conn, context: context.ID, changed: make(chan struct{}, 1), running: make(map[string]bool)}
	var target struct {
		ID string `json:"targetId"`
	}
	err := b.conn.call(ctx, "", "Target.createTarget", map[string]any{"url": "about:blank", "browserContextId": context.ID}, &target)
	if err != nil {
		t.Close()
		return nil, err
	}
	var attached struct {
		Session string `json:"sessionId"`
	}
	err = b.conn.call(ctx, "", "Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true}, &attached)
	if err != nil {
		t.Close()
		return nil, err
	}
	t.session = attached.Session
	b.conn.listen(t.session, t.note)
	for _, domain := range strings.Fields("Page Network Runtime") {
		if err := t.call(ctx, domain+".enable", struct{}{}, nil); err != nil {
			t.Close()
			return nil, err
		}
	}
	return t, nil
}
