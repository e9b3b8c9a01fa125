package mockidp_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/assay-id/assay/mockidp"
)

// call makes a unary gRPC call with the string fields of the request, and
// returns the status and the answer.
func call(
	t testing.TB, c *http.Client, e *mockidp.Environment, token, method string, fields ...string,
) (status string, answer []byte) {
	t.Helper()
	var message []byte
	for i, value := range fields {
		message = protowire.AppendString(protowire.AppendTag(message, protowire.Number(i+1), protowire.BytesType), value)
	}
	frame := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message))), message...)
	return send(t, c, e, token, method, frame)
}

func send(
	t testing.TB, c *http.Client, e *mockidp.Environment, token, method string, frame []byte,
) (status string, answer []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.Issuer()+"/scalekit.v1."+method, bytes.NewReader(frame))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/grpc+proto")
	r.Header.Set("TE", "trailers")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	got := do(t, c, r)
	if got.StatusCode != http.StatusOK || got.Header.Get("Content-Type") != "application/grpc+proto" {
		t.Fatalf("%s answers %d %v", method, got.StatusCode, got.Header)
	}
	if len(got.body) > 0 {
		if int(binary.BigEndian.Uint32(got.body[1:5])) != len(got.body)-5 {
			t.Fatalf("%s answers %q, which is not one message", method, got.body)
		}
		got.body = got.body[5:]
	}
	return got.Trailer.Get("Grpc-Status"), got.body
}

// texts returns all strings in a message, including those in nested messages.
func texts(message []byte) []string {
	var out []string
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil
		}
		message = message[n:]
		n = protowire.ConsumeFieldValue(number, kind, message)
		if n < 0 {
			return nil
		}
		if kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(message)
			if inner := texts(value); inner != nil {
				out = append(out, inner...)
			} else {
				out = append(out, string(value))
			}
		}
		message = message[n:]
	}
	return out
}

func clientToken(t testing.TB, c *http.Client, e *mockidp.Environment) string {
	t.Helper()
	return post(t, c, e.Issuer()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {e.Client().ID}, "client_secret": {e.Client().Secret},
	}).object(t)["access_token"].(string)
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Organizations[0].Name, cfg.Organizations[0].ExternalID = "One", "ext_1"
	e := only(t, cfg)
	h2c := browser(t)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	h2c.Transport.(*http.Transport).Protocols = protocols
	for protocol, c := range map[string]*http.Client{"HTTP/1.1": browser(t), "h2c": h2c} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			token := clientToken(t, c, e)
			got := login(t, c, relyingParty(e, e.Client()))
			_, claims := decode(t, got.idToken())
			sid := claims["sid"].(string)
			tests := []struct {
				name, token, method string
				fields              []string
				status, want        string
			}{
				{"organization", token, "organizations.OrganizationService/GetOrganization", []string{"org_1"}, "0", "org_1 One ext_1"},
				{"organization by external ID", token, "organizations.OrganizationService/GetOrganizationByExternalId", []string{"", "ext_1"}, "0", "org_1 One ext_1"},
				{"organizations", token, "organizations.OrganizationService/ListOrganization", nil, "0", "org_1 One ext_1 org_2 org_2 org_3 org_3 org_4 org_4"},
				{"user", token, "users.UserService/GetUser", []string{"usr_ada"}, "0", "usr_ada"},
				{"users", token, "users.UserService/ListUsers", nil, "0", "eve@example.com"},
				{"members", token, "users.UserService/ListOrganizationUsers", []string{"org_2"}, "0", "bob@example.com"},
				{"session", token, "sessions.SessionService/GetSession", []string{sid}, "0", "active"},
				{"connections", token, "connections.ConnectionService/ListConnections", nil, "0", "conn_"},
				{"connections of an organization", token, "connections.ConnectionService/ListConnections", []string{"org_1"}, "0", "conn_1 org_1 Okta One OKTA"},
				{"connections of no organization", token, "connections.ConnectionService/ListConnections", []string{"org_9"}, "5", ""},
				{"connection", token, "connections.ConnectionService/GetConnection", []string{"org_1", "", "conn_1"}, "0", "conn_1 org_1 Okta OKTA"},
				{"connection of another organization", token, "connections.ConnectionService/GetConnection", []string{"org_2", "", "conn_1"}, "5", ""},
				{"directories", token, "directories.DirectoryService/ListDirectories", []string{"org_1"}, "0", e.Directories()[0].ID + " SCIM org_1 " + e.Directories()[0].URL},
				{"directory", token, "directories.DirectoryService/GetDirectory", []string{e.Directories()[0].ID, "org_1"}, "0", e.Directories()[0].URL},
				{"another directory", token, "directories.DirectoryService/GetDirectory", []string{e.Directories()[1].ID, "org_1"}, "5", ""},
				{"users of a directory", token, "directories.DirectoryService/ListDirectoryUsers", []string{"org_2", e.Directories()[1].ID}, "0", "bob@example.com"},
				{"groups of a directory", token, "directories.DirectoryService/ListDirectoryGroups", []string{"org_1", e.Directories()[0].ID}, "0", ""},
				{"portal", token, "organizations.OrganizationService/GeneratePortalLink", []string{"org_1"}, "0", e.Issuer() + "/portal/"},
				{"portal of nothing", token, "organizations.OrganizationService/GeneratePortalLink", nil, "5", ""},
				{"unknown organization", token, "organizations.OrganizationService/GetOrganization", []string{"org_9"}, "5", ""},
				{"unknown user", token, "users.UserService/GetUser", []string{"usr_9"}, "5", ""},
				{"unknown session", token, "sessions.SessionService/GetSession", []string{"ses_9"}, "5", ""},
				{"members of nothing", token, "users.UserService/ListOrganizationUsers", nil, "5", ""},
				{"without a token", "", "users.UserService/GetUser", []string{"usr_ada"}, "16", ""},
				{"with a wrong token", "x", "users.UserService/GetUser", []string{"usr_ada"}, "16", ""},
				{"with the token of a user", got.AccessToken, "users.UserService/GetUser", []string{"usr_ada"}, "16", ""},
				{"another method", token, "users.UserService/DeleteUser", []string{"usr_ada"}, "12", ""},
				{"another service", token, "webauthn.WebAuthnService/List", nil, "12", ""},
			}
			for _, tt := range tests {
				status, answer := call(t, c, e, tt.token, tt.method, tt.fields...)
				if text := strings.Join(texts(answer), " "); status != tt.status || !strings.Contains(text, tt.want) || tt.want == "" && text != "" {
					t.Errorf("%s: the status is %s and the answer %q, want %s and %q",
						tt.name, status, text, tt.status, tt.want)
				}
			}
			if status, answer := call(t, c, e, token, "sessions.SessionService/RevokeSession", sid); status != "0" || !strings.Contains(strings.Join(texts(answer), " "), "revoked") {
				t.Errorf("revoking the session: %s %q", status, texts(answer))
			}
			wantError(t, refresh(t, c, e, got.RefreshToken), http.StatusBadRequest, "invalid_grant")
			for name, frame := range map[string][]byte{"nothing": nil, "half a frame": {0, 0, 0}, "too short": {0, 0, 0, 0, 9, 1}, "no message": {0, 0, 0, 0, 1, 0xff}} {
				if status, _ := send(t, c, e, token, "users.UserService/GetUser", frame); status != "3" {
					t.Errorf("%s: the status is %s, want 3", name, status)
				}
			}
			if status, _ := send(t, c, e, token, "users.UserService/GetUser", []byte{1, 0, 0, 0, 0}); status != "12" {
				t.Errorf("compressed: the status is %s, want 12", status)
			}
		})
	}
	r, err := browser(t).Post(e.Issuer()+"/scalekit.v1.users.UserService/GetUser", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("JSON is answered with %d, %v", r.StatusCode, err)
	}
}
