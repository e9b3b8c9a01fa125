package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"github.com/assay-id/assay/mockidp"
)

// apacheConfig configures a server whose virtual hosts let in users who have
// logged in, each with another environment. Who it was is a field of the
// answer.
var apacheConfig = template.Must(template.New("httpd.conf").Parse(`
ServerRoot {{.Dir}}
ServerName localhost
Listen {{.Addr}}
PidFile {{.Dir}}/httpd.pid
DefaultRuntimeDir {{.Dir}}
Mutex file:{{.Dir}} default
ErrorLog {{.Dir}}/error.log
User www-data
Group www-data
StartServers 1
{{range .Modules}}LoadModule {{.}}_module {{$.ModuleDir}}/mod_{{.}}.so
{{end}}
{{range .Hosts}}
<VirtualHost {{$.Addr}}>
  ServerName {{.Host}}
  DocumentRoot {{$.Dir}}/htdocs
  OIDCProviderMetadataURL {{.Issuer}}/.well-known/openid-configuration
  OIDCClientID {{.Client.ID}}
  OIDCClientSecret {{.Client.Secret}}
  OIDCProviderTokenEndpointAuth client_secret_post
  OIDCRedirectURI http://{{.Host}}/callback
  OIDCCryptoPassphrase of-this-test-alone
  OIDCPKCEMethod S256
  OIDCScope "openid email profile"
  OIDCRemoteUserClaim sub
  OIDCCABundlePath {{$.CA}}
  OIDCHTTPTimeoutLong 10
  OIDCHTTPTimeoutShort 10
  <Location />
    AuthType openid-connect
    Require valid-user
    Header always set X-Remote-User "expr=%{REMOTE_USER}"
  </Location>
</VirtualHost>
{{end}}
`))

// apache is Debian's Apache with mod_auth_openidc.
type apache struct {
	addr string
	dir  string
}

// virtualHost is the application of one environment.
type virtualHost struct {
	Host   string // with the port
	Issuer string
	Client mockidp.Client
}

const apacheModules = "/usr/lib/apache2/modules"

// needApache returns the path of Apache, whose module is there.
func needApache(t *testing.T) string {
	t.Helper()
	const install = "apt-get install --no-install-recommends apache2-bin libapache2-mod-auth-openidc"
	for _, path := range []string{"/usr/sbin/apache2", apacheModules + "/mod_auth_openidc.so"} {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%s is missing: run mockidp/e2e/run as root, or %s", path, install)
		}
	}
	return "/usr/sbin/apache2"
}

// freeAddr returns a loopback address that nobody listens on. Apache cannot
// say which port it has got.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// startApache serves the hosts on addr until the test ends. It trusts the
// authority in the file ca.
func startApache(t *testing.T, addr, ca string, hosts []virtualHost) *apache {
	t.Helper()
	path := needApache(t)
	a := &apache{addr: addr, dir: t.TempDir()}
	htdocs := filepath.Join(a.dir, "htdocs")
	var config bytes.Buffer
	err := apacheConfig.Execute(&config, map[string]any{
		"Dir": a.dir, "Addr": addr, "CA": ca, "Hosts": hosts, "ModuleDir": apacheModules,
		"Modules": []string{"mpm_event", "authn_core", "authz_core", "authz_user", "headers", "auth_openidc"},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Apache drops root for www-data, who has to get there.
	for _, change := range []error{
		os.Mkdir(htdocs, 0o755),
		os.WriteFile(filepath.Join(htdocs, "index.html"), []byte("inside\n"), 0o644),
		os.WriteFile(filepath.Join(a.dir, "httpd.conf"), config.Bytes(), 0o644),
		os.Chmod(a.dir, 0o777),
		os.Chmod(filepath.Dir(a.dir), 0o755),
	} {
		if change != nil {
			t.Fatal(change)
		}
	}
	var output bytes.Buffer
	cmd := exec.Command(path, "-f", filepath.Join(a.dir, "httpd.conf"), "-DFOREGROUND")
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(patience):
			_ = cmd.Process.Kill()
			<-ended
			t.Error("Apache does not stop")
		}
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(a.dir, "error.log"))
			t.Logf("Apache says:\n%s%s", output.Bytes(), log)
		}
	})
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return a
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("Apache has ended: %v: %s", err, output.Bytes())
		case <-deadline:
			t.Fatalf("Apache does not listen on %s", addr)
		case <-ticker.C:
		}
	}
}

// login opens the page of a host with a new browser and returns who Apache
// takes them for. Its error pages have status 200.
func (a *apache) login(ctx context.Context, c *http.Client, host string) (user string, err error) {
	const path = "/index.html"
	page := "http://" + a.addr + path
	to, first, err := follow(ctx, c, page, host, nil)
	if err != nil {
		return "", err
	}
	back, _, err := follow(ctx, c, to.String(), "", nil)
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(back.String(), "http://"+host+"/callback?") {
		return "", fmt.Errorf("the browser is sent to %q", back)
	}
	inside, second, err := follow(ctx, c, "http://"+a.addr+back.RequestURI(), host, first.Cookies())
	if err != nil {
		return "", err
	}
	if inside.String() != "http://"+host+path {
		return "", fmt.Errorf("the browser is sent to %q, want the page", inside)
	}
	_, third, err := follow(ctx, c, page, host, second.Cookies())
	if third == nil {
		return "", err
	}
	if user = third.Header.Get("X-Remote-User"); user == "" || third.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the page answers %s to nobody", third.Status)
	}
	return user, nil
}
