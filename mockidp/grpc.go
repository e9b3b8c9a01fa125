package mockidp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ory/fosite"
	"google.golang.org/protobuf/encoding/protowire"
)

// grpcPrefix begins the paths of the gRPC services that the SDKs call.
const grpcPrefix = "/scalekit.v1."

// grpcStatus is a status code of gRPC.
type grpcStatus int

// The status codes that are used here, with their numbers in the gRPC
// specification.
const (
	grpcOK              grpcStatus = 0
	grpcInvalidArgument grpcStatus = 3
	grpcNotFound        grpcStatus = 5
	grpcInternal        grpcStatus = 13
	grpcUnimplemented   grpcStatus = 12
	grpcUnauthenticated grpcStatus = 16
)

// grpcError is a refusal of a gRPC call.
type grpcError struct {
	status  grpcStatus
	message string
}

func (e *grpcError) Error() string { return e.message }

func grpcRefuse(status grpcStatus, format string, args ...any) error {
	return &grpcError{status, fmt.Sprintf(format, args...)}
}

// grpcMethod answers a call whose request has these fields.
type grpcMethod func(request protoFields) (protoMessage, error)

// grpcMethods are the calls that have an answer, by the path after the
// prefix. All others are unimplemented, which the SDKs understand.
func (e *Environment) grpcMethods() map[string]grpcMethod {
	return map[string]grpcMethod{
		"organizations.OrganizationService/GetOrganization":             e.grpcGetOrganization,
		"organizations.OrganizationService/GetOrganizationByExternalId": e.grpcGetOrganization,
		"organizations.OrganizationService/ListOrganization":            e.grpcListOrganizations,
		"users.UserService/GetUser":                                     e.grpcGetUser,
		"users.UserService/ListUsers":                                   e.grpcListUsers,
		"users.UserService/ListOrganizationUsers":                       e.grpcListOrganizationUsers,
		"sessions.SessionService/GetSession":                            e.grpcGetSession,
		"sessions.SessionService/RevokeSession":                         e.grpcRevokeSession,
	}
}

// serveGRPC answers a unary call of the method, over HTTP/2 or, for Go's SDK
// without TLS, HTTP/1.1. The protocol is small enough to be spoken without a
// library.
func (e *Environment) serveGRPC(w http.ResponseWriter, r *http.Request, method string) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		writeError(w, http.StatusUnsupportedMediaType, "invalid_request", "the content type is not application/grpc")
		return
	}
	answer, err := e.callGRPC(w, r, method)
	refusal := &grpcError{status: grpcOK}
	if err != nil && !errors.As(err, &refusal) {
		e.logger.Error("request failed", "issuer", e.issuer, "path", r.URL.Path, "error", err)
		refusal = &grpcError{grpcInternal, "internal error"}
	}
	h := w.Header()
	h.Set("Content-Type", r.Header.Get("Content-Type"))
	h.Set("Trailer", "Grpc-Status, Grpc-Message")
	w.WriteHeader(http.StatusOK)
	if err == nil {
		frame := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(answer)))
		_, _ = w.Write(append(frame, answer...)) // The client may have left.
	}
	h.Set("Grpc-Status", strconv.Itoa(int(refusal.status)))
	h.Set("Grpc-Message", url.PathEscape(refusal.message))
}

func (e *Environment) callGRPC(w http.ResponseWriter, r *http.Request, name string) (protoMessage, error) {
	if err := e.authenticateGRPC(r); err != nil {
		return nil, err
	}
	method, ok := e.grpcMethods()[name]
	if !ok {
		return nil, grpcRefuse(grpcUnimplemented, "the mock environment does not answer %s", name)
	}
	request, err := readGRPC(w, r)
	if err != nil {
		return nil, err
	}
	return method(request)
}

// authenticateGRPC takes the access token of a client, as the SDKs get it by
// client_credentials after the first refusal.
func (e *Environment) authenticateGRPC(r *http.Request) error {
	token := bearer(r)
	if token == "" {
		return grpcRefuse(grpcUnauthenticated, "the call has no access token")
	}
	use, request, err := e.provider().IntrospectToken(r.Context(), token, fosite.AccessToken, new(session))
	if err != nil || use != fosite.AccessToken {
		return grpcRefuse(grpcUnauthenticated, "the access token is unknown, expired or revoked")
	}
	if s, err := sessionOf(request); err != nil || s.user != nil {
		return grpcRefuse(grpcUnauthenticated, "the access token is not that of a client")
	}
	return nil
}

// readGRPC reads the one message of a unary call.
func readGRPC(w http.ResponseWriter, r *http.Request) (protoFields, error) {
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Now().Add(formTimeout))
	defer func() { _ = controller.SetReadDeadline(time.Time{}) }()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
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

// protoFields are the strings of a message by field number. Nothing else of a
// request is of any interest here.
type protoFields map[protowire.Number]string

func parseProto(message []byte) (protoFields, bool) {
	fields := make(protoFields)
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, false
		}
		message = message[n:]
		if kind == protowire.BytesType {
			value, n := protowire.ConsumeBytes(message)
			if n < 0 {
				return nil, false
			}
			fields[number], message = string(value), message[n:]
			continue
		}
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return nil, false
		}
		message = message[n:]
	}
	return fields, true
}

// protoMessage is a message that is being written. Zero values are left out,
// as in proto3.
type protoMessage []byte

func (m *protoMessage) text(number protowire.Number, value string) {
	if value != "" {
		*m = protowire.AppendString(protowire.AppendTag(*m, number, protowire.BytesType), value)
	}
}

func (m *protoMessage) number(number protowire.Number, value uint64) {
	if value != 0 {
		*m = protowire.AppendVarint(protowire.AppendTag(*m, number, protowire.VarintType), value)
	}
}

func (m *protoMessage) flag(number protowire.Number, value bool) {
	m.number(number, protowire.EncodeBool(value))
}

func (m *protoMessage) message(number protowire.Number, value protoMessage) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, number, protowire.BytesType), value)
}

// time adds a google.protobuf.Timestamp.
func (m *protoMessage) time(number protowire.Number, at time.Time) {
	if !at.IsZero() {
		var stamp protoMessage
		stamp.number(1, uint64(at.Unix()))
		m.message(number, stamp)
	}
}

// revokeSession ends a session wherever it goes on.
func (e *Environment) revokeSession(sid string) {
	e.store().endSession(sid)
	e.logins.forget("", sid)
}
