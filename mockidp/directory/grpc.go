package directory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/ids"
	"github.com/assay-id/assay/mockidp/internal/request"
)

// GRPCPrefix begins the paths of the gRPC services that the SDKs call.
const GRPCPrefix = "/scalekit.v1."

// grpcStatus is a status code of gRPC.
type grpcStatus int

// The status codes used here, with their numbers in the gRPC
// specification.
const (
	grpcOK              grpcStatus = 0
	grpcInvalidArgument grpcStatus = 3
	grpcNotFound        grpcStatus = 5
	grpcInternal        grpcStatus = 13
	grpcUnimplemented   grpcStatus = 12
	grpcUnauthenticated grpcStatus = 16
)

// grpcError refuses a gRPC call.
type grpcError struct {
	status  grpcStatus
	message string
}

func (e *grpcError) Error() string { return e.message }

func grpcRefuse(status grpcStatus, format string, args ...any) error {
	return &grpcError{status, fmt.Sprintf(format, args...)}
}

// Sessions is the part of the provider that the calls of the SDKs need.
type Sessions interface {
	// Session returns the session with the sid and its state, or nil.
	Session(sid string) (s *Session, state string)

	// EndSession revokes the session and signs its browsers out.
	EndSession(sid string)
}

// SDK answers the gRPC calls of Scalekit's SDKs. A few have answers; the others
// are refused in a way that the SDKs understand. All fields are required.
type SDK struct {
	People   *Directory
	Sessions Sessions
	IDs      *ids.Source
	Logger   *slog.Logger

	// Authenticate reports whether a token is a valid access token of a
	// client that acts on its own, and whether it is valid at all.
	Authenticate func(r *http.Request, token string) (own, valid bool)

	// Directory returns the directory sync of an organization.
	Directory func(organizationID string) Sync

	// Portal makes a link to the portal of an organization.
	Portal func(organizationID string) PortalLink
}

// grpcMethod answers a call whose request has these fields.
type grpcMethod func(request protoFields) (protoMessage, error)

// methods are the calls that have an answer, by the path after the prefix. All
// others are unimplemented, which the SDKs understand.
func (s *SDK) methods() map[string]grpcMethod {
	return map[string]grpcMethod{
		"organizations.OrganizationService/GetOrganization":             s.getOrganization,
		"organizations.OrganizationService/GetOrganizationByExternalId": s.getOrganization,
		"organizations.OrganizationService/ListOrganization":            s.listOrganizations,
		"users.UserService/GetUser":                                     s.getUser,
		"users.UserService/ListUsers":                                   s.listUsers,
		"users.UserService/ListOrganizationUsers":                       s.listOrganizationUsers,
		"sessions.SessionService/GetSession":                            s.getSession,
		"sessions.SessionService/RevokeSession":                         s.revokeSession,
		"connections.ConnectionService/ListConnections":                 s.listConnections,
		"connections.ConnectionService/GetConnection":                   s.getConnection,
		"directories.DirectoryService/ListDirectories":                  s.listDirectories,
		"directories.DirectoryService/GetDirectory":                     s.getDirectory,
		"directories.DirectoryService/ListDirectoryUsers":               s.listDirectoryUsers,
		"directories.DirectoryService/ListDirectoryGroups":              s.listDirectoryGroups,
		"organizations.OrganizationService/GeneratePortalLink":          s.generatePortalLink,
	}
}

// Serve answers a unary call of the method, over HTTP/2 or, for Go's SDK
// without TLS, HTTP/1.1. The protocol is simple enough not to need a library.
func (s *SDK) Serve(w http.ResponseWriter, r *http.Request, method string) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		answer.Error(w, http.StatusUnsupportedMediaType, "invalid_request",
			"the content type is not application/grpc")
		return
	}
	message, err := s.call(w, r, method)
	refusal := &grpcError{status: grpcOK}
	if err != nil && !errors.As(err, &refusal) {
		s.Logger.Error("request failed", "path", r.URL.Path, "error", err)
		refusal = &grpcError{grpcInternal, "internal error"}
	}
	h := w.Header()
	h.Set("Content-Type", r.Header.Get("Content-Type"))
	h.Set("Trailer", "Grpc-Status, Grpc-Message")
	w.WriteHeader(http.StatusOK)
	if err == nil {
		frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
		_, _ = w.Write(append(frame, message...)) // The client may have left.
	}
	h.Set("Grpc-Status", strconv.Itoa(int(refusal.status)))
	h.Set("Grpc-Message", url.PathEscape(refusal.message))
}

func (s *SDK) call(w http.ResponseWriter, r *http.Request, name string) (protoMessage, error) {
	if err := s.authenticate(r); err != nil {
		return nil, err
	}
	method, ok := s.methods()[name]
	if !ok {
		return nil, grpcRefuse(grpcUnimplemented, "the mock environment does not answer %s: it answers %s", name, strings.Join(slices.Sorted(maps.Keys(s.methods())), ", "))
	}
	fields, err := readCall(w, r)
	if err != nil {
		return nil, err
	}
	return method(fields)
}

// authenticate checks the access token, which the SDKs get by
// client_credentials after the first refusal.
func (s *SDK) authenticate(r *http.Request) error {
	token := request.Bearer(r)
	if token == "" {
		return grpcRefuse(grpcUnauthenticated, "the call has no access token")
	}
	switch own, valid := s.Authenticate(r, token); {
	case !valid:
		return grpcRefuse(grpcUnauthenticated, "the access token is unknown, expired or revoked")
	case !own:
		return grpcRefuse(grpcUnauthenticated, "the access token is not a client's own")
	}
	return nil
}

// readCall reads the one message of a unary call.
func readCall(w http.ResponseWriter, r *http.Request) (protoFields, error) {
	body, err := request.Body(w, r)
	switch {
	case err != nil:
		return nil, grpcRefuse(grpcInvalidArgument, "the request cannot be read")
	case len(body) < 5 || uint32(len(body)-5) != binary.BigEndian.Uint32(body[1:5]):
		return nil, grpcRefuse(grpcInvalidArgument, "the request is not one message")
	case body[0] != 0:
		return nil, grpcRefuse(grpcUnimplemented, "the request is compressed")
	}
	fields, ok := parseProto(body[5:])
	if !ok {
		return nil, grpcRefuse(grpcInvalidArgument, "the request is not a protocol buffer")
	}
	return fields, nil
}
