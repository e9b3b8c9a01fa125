package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ctlOf returns a function that runs assay idp ctl against an API.
func ctlOf(
	t *testing.T, api string,
) func(stdin string, args ...string) (code int, stdout, stderr string) {
	return func(stdin string, args ...string) (int, string, string) {
		t.Helper()
		var out, problems bytes.Buffer
		all := append([]string{"idp", "ctl", "--control", api}, args...)
		code := invoke(t.Context(), all, strings.NewReader(stdin), &out, &problems, nil)
		return code, out.String(), problems.String()
	}
}

// One walk through everything that can be controlled.
func TestControlledIdP(t *testing.T) {
	t.Parallel()
	idp := start(t, "idp", "--seed", "7", "--alg", "ES256", "--control", "127.0.0.1:0",
		"--keys-header", "Cache-Control: max-age=5", "--keys-header", "Age: 3", "--well-known-jwks", "not-found")
	issuer := idp.find(`^issuer +(\S+)$`)
	api := idp.find(`^control +(\S+)$`)
	idp.discard()
	ctl := ctlOf(t, api)

	_, header, _ := get(t, issuer+"/keys", nil)
	if header.Get("Cache-Control") != "max-age=5" || header.Get("Age") != "3" {
		t.Errorf("the header of the keys is %v", header)
	}
	if status, _, _ := get(t, issuer+"/.well-known/jwks.json", nil); status != http.StatusNotFound {
		t.Errorf("the alias of the keys answers %d, want 404", status)
	}
	file := filepath.Join(t.TempDir(), "faults.json")
	if err := os.WriteFile(file, []byte(`{"faults":[{"id":"two","kind":"hang","where":"revoke"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		stdin string
		args  string // words
		code  int
		want  string // a pattern for the output and the errors
	}{
		{"", `faults`, 0, `^ID +WHERE +KIND +COUNT +SKIP\n$`},
		{"", `directories`, 0, `^ORGANIZATION +URL +SECRET\norg_\d+ +` + issuer + `/directories/dir_\d+/scim/v2 +\S+\n`},
		{"", `resources`, 0, `^ID +URL +ISSUER +SCOPES\nres_\S+ +` + issuer + `/resources/res_\d+/mcp +` + issuer + `/resources/res_\d+ +\S+:read `},
		{"", `faults add {"id":"busy","where":"keys","kind":"status","attributes":{"status":503},"count":1}`, 0, `\nbusy +keys +status +1 +0\n$`},
		{"", `faults add @` + file, 0, `\ntwo +revoke +hang +any +0\n$`},
		{`{"id":"three","kind":"close","where":"logout"}`, `faults add -`, 0, `\nthree +logout +close`},
		{"", `faults add {"id":"x","kind":"sulk"}`, 2, `error: argument:1:1: fault "x": kind is "sulk"(.|\n)*hint: such as`},
		{"", `faults add @/nowhere`, 2, `/nowhere`},
		{"", `faults remove x`, 2, `there is no fault "x"`},
		{"", `faults remove two`, 0, `^$`},
		{"", `requests --endpoint keys --limit 1`, 0, `^NUMBER.*\n3 .*GET +/keys +503 +0 +\S+ +busy`},
		{"", `requests --user-agent Go-http --client none`, 0, `^NUMBER[^\n]*\n$`},
		{"", `requests --since 2`, 0, `^NUMBER[^\n]*\n3 `},
		{"", `rotate`, 0, `^KID +ALG +STATE\nsnk_\d+ +ES256 +published\nsnk_\d+ +ES256 +published, signs\n$`},
		{"", `rotate unpublished --alg EdDSA`, 0, `EdDSA +signs, not published`},
		{"", `rotate dance`, 2, `rotation mode is "dance", want one of publish-then-sign, sign-at-once, `},
		{"", `promote`, 0, `ES256 +published, signs\n$`},
		{"", `retire`, 0, `ES256 +signs, not published\n$`},
		{"", `schedule --every 1m --overlap 5s`, 0, `^KID`},
		{"", `schedule --every 1m --overlap 5m`, 2, `an overlap of 5m0s`},
		{"", `schedule --every 1m --mode dance`, 2, `mode is "dance"`},
		{"", `schedule`, 0, `^KID`},
		{"", `keys --json`, 0, `"generation": 4`},
		{"", `keys`, 0, `\n\nThe JWK Set has 6 keys more that never sign: .* --decoys=false`},
		{"", `attempts`, 0, `^AT +STATUS +USER +CLIENT +ORGANIZATION +CONNECTION +REASON\n$`},
		{"", `serving --well-known-jwks stale --keys-header Age:9`, 0, `^$`},
		{"", `serving --well-known-jwks maybe`, 2, `well_known_jwks: mode is "maybe"`},
		{"", `envs create acme --alg ES256 --login-page --link-same-browser --origin https://app.example`, 0, `acme +\S+/t/acme +skc_\d+ +test_`},
		{"", `envs create acme`, 2, `there is already an environment "acme"`},
		{"", `--env acme users`, 0, `usr_10000000000000001 +john.doe@example.com +true +true`},
		{"", `--env acme outbox`, 0, `^AT`},
		{"", `envs`, 0, `\nacme `},
		{"", `--env acme clients set skc_1 --redirect-uri http://localhost:3000/a --redirect-uri https://app.example/b --secret s`, 0, `^ID.*\nskc_1 +s +http://localhost:3000/a https://app.example/b\n$`},
		{"", `--env acme clients set skc_1 --any-local --exact-ports --redirect-uri= `, 2, `"" is not|absolute`},
		{"", `--env acme clients set skc_1`, 2, `has nothing to set`},
		{"", `--env acme clients`, 0, `(?s)http://localhost\n.*\nskc_1 `},
		{"", `--env acme initiate-login --client skc_1`, 2, `client "skc_1" has no initiate-login URI; to register one: assay idp ctl clients set skc_1 --initiate-login-uri URI`},
		{"", `--env acme clients set skc_1 --initiate-login-uri http://localhost:3000/login`, 0, `skc_1`},
		{"", `--env acme initiate-login --query theme=dark`, 0, `^http://localhost:3000/login\?theme=dark\n$`},
		{"", `--env acme initiate-login --query theme`, 2, `--query is "theme", want NAME=VALUE`},
		{"", `--env acme initiate-login --user usr_9`, 2, `--user needs --idp`},
		{"", `--env acme initiate-login --idp --user usr_10000000000000003`, 0, `^http://localhost:3000/login\?idp_initiated_login=ey\S+\n$`},
		{"", `--env acme initiate-login --idp --user usr_10000000000000003 --connection conn_10000000000000031 --relay-state /reports`, 0, `^http://localhost:3000/login\?idp_initiated_login=ey\S+\n$`},
		{"", `--env acme initiate-login --idp --user usr_10000000000000003 --connection conn_9`, 2, `conn_9`},
		{"", `--env acme initiate-login --idp --user usr_10000000000000004`, 2, `is in no organization, so the connection must be named, one of: conn_`},
		{"", `--env acme clients remove skc_1`, 0, `^$`},
		{"", `--env acme clients remove skc_1`, 2, `there is no client "skc_1"`},
		{"", `--env acme users set usr_9 --email nine@example.com --name Nine --organization org_10000000000000001:admin,member`, 0, `\nusr_9 +nine@example.com +true +false +false +org_10000000000000001\n$`},
		{"", `--env acme users totp usr_9`, 2, `user "usr_9" has no authenticator app: .*--totp-secret\n`},
		{"", `--env acme users set usr_9 --totp-secret abc`, 2, `the TOTP secret of user "usr_9" is not base32`},
		{"", `--env acme users set usr_9 --totp-secret GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ`, 0, `usr_9 +nine@example.com +true +false +true`},
		{"", `--env acme users totp usr_9`, 0, `^\d{6}\n$`},
		{"", `--env acme users set usr_9 --totp-secret=`, 0, `usr_9 +nine@example.com +true +false +false`},
		{"", `--env acme organizations`, 0, `^ID +NAME +CONNECTION +MFA\norg_10000000000000001 +Acme Corporation +conn_\d+ +-\n`},
		{"", `--env acme organizations set org_10000000000000001 --mfa totp,email`, 0, `org_10000000000000001 +Acme Corporation +conn_\d+ +totp, email\n$`},
		{"", `--env acme organizations set org_10000000000000001 --mfa sms`, 2, `has the second factor "sms", want totp, email`},
		{"", `--env acme organizations set org_9 --mfa totp`, 2, `there is no organization "org_9"`},
		{"", `--env acme organizations set org_10000000000000001 --mfa=`, 0, `conn_\d+ +-\n$`},
		{"", `--env acme users set usr_9 --active=false --password correct-horse`, 0, `\nusr_9 +nine@example.com +false +true +false +org_1`},
		{"", `--env acme users set usr_9 --organization org_1:`, 2, `--organization is "org_1:"`},
		{"", `--env acme users set usr_9 --organization org_1`, 2, `member of the organization "org_1", which is not`},
		{"", `--env acme users remove usr_9`, 0, `^$`},
		{"", `envs delete acme`, 0, `^$`},
		{"", `--env acme users`, 2, `there is no environment "acme"`},
		{"", `listeners add expired`, 0, `https://127.0.0.1:\d+ +expired`},
		{"", `listeners`, 0, `(?s)http://127.*https://127`},
		{"", `listeners certificate trusted`, 2, `has no certificate`},
		{"", `listeners certificate expired --url https://127.0.0.1:1`, 2, `there is no listener "https://127.0.0.1:1"`},
		{"", `rotate a b`, 2, `got 2 arguments, want rotate`},
		{"", `rotat`, 2, `"rotat" is not a command of assay idp ctl\n.*did you mean rotate\?`},
		{"", `faults rest`, 2, `"rest" is not a command of assay idp ctl faults\n.*did you mean reset\?`},
		{"", `faults reset`, 0, `^$`},
		{"", `faults --json`, 0, `^\[\]\n$`},
	}
	for _, step := range steps {
		code, out, problems := ctl(step.stdin, strings.Fields(step.args)...)
		if code != step.code || !regexp.MustCompile(step.want).MatchString(out+problems) {
			t.Errorf("ctl %s: exit code %d, want %d, and %q in\n%s%s",
				step.args, code, step.code, step.want, out, problems)
		}
		if strings.Contains(step.args, "busy") {
			if status, _, _ := get(t, issuer+"/keys", nil); status != http.StatusServiceUnavailable {
				t.Errorf("the keys answer %d, want 503", status)
			}
			if _, out, _ := ctl("", "evidence", "--fault", "busy"); !strings.Contains(out, "busy") {
				t.Errorf("the evidence lacks the fault:\n%s", out)
			}
		}
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d: %s", code, idp.stderr)
	}
	if code, _, problems := ctl("", "keys"); code != exitUsage || !strings.Contains(problems, "--control: http://127.0.0.1:") {
		t.Errorf("without an environment: %d %s", code, problems)
	}
}

// The environment serves https, and the file that it writes is all that a
// client needs to trust it.
func TestIdPWithTLS(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "ca.pem")
	idp := start(t, "idp", "--tls", "--ca-file", file, "--host", "localhost", "--alg", "ES256")
	issuer := idp.find(`^issuer +(\S+)$`)
	idp.discard()
	if !strings.HasPrefix(issuer, "https://localhost:") {
		t.Errorf("the issuer is %s", issuer)
	}
	authority, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	response, err := client.Get(issuer + "/.well-known/openid-configuration")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var metadata struct{ Issuer string }
	if err := json.NewDecoder(response.Body).Decode(&metadata); err != nil || metadata.Issuer != issuer {
		t.Errorf("the metadata names %q, %v", metadata.Issuer, err)
	}
	if code := idp.stop(); code != exitOK {
		t.Errorf("the environment ended with %d: %s", code, idp.stderr)
	}
}
