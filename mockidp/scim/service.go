package scim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/elimity-com/scim"
	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/internal/request"
)

// Accounts are the users of an environment.
type Accounts interface {
	// Users returns all users.
	Users() []directory.User

	// PutUser adds a user, or replaces the one with their ID. One who becomes
	// inactive loses all sessions.
	PutUser(directory.User) error

	// RemoveUser removes a user with all sessions.
	RemoveUser(id string) error
}

// Config configures a [Service]. All fields are required.
type Config struct {
	URL            string // of the service, whose path ends in /v2
	OrganizationID string // whose members the users are
	Secret         string // the Bearer token of the identity provider
	Accounts       Accounts
	NewID          func(kind string) string // returns a new identifier of a user or group
}

// Service is the SCIM service of one organization.
type Service struct {
	cfg    Config
	server scim.Server

	mu     sync.Mutex // of the groups, and of each change to a user
	groups []*group
}

// New returns a service.
func New(cfg Config) *Service {
	s := &Service{cfg: cfg}
	server, err := scim.NewServer(&scim.ServerArgs{
		ServiceProviderConfig: &scim.ServiceProviderConfig{
			MaxResults: mostResults, SupportFiltering: true, SupportPatch: true,
			AuthenticationSchemes: []scim.AuthenticationScheme{{
				Type: scim.AuthenticationTypeOauthBearerToken, Name: "Bearer token", Description: "the secret of the directory", Primary: true,
			}},
		},
		ResourceTypes: []scim.ResourceType{
			{
				ID: optional.NewString("User"), Name: "User", Endpoint: "/Users", Schema: schema.CoreUserSchema(), Handler: &userHandler{s},
				SchemaExtensions: []scim.SchemaExtension{{Schema: schema.ExtensionEnterpriseUser()}},
			},
			{ID: optional.NewString("Group"), Name: "Group", Endpoint: "/Groups", Schema: schema.CoreGroupSchema(), Handler: &groupHandler{s}},
		},
	}, scim.WithBaseURL(cfg.URL))
	if err != nil {
		panic(fmt.Sprintf("scim: internal error: %v", err))
	}
	s.server = server
	return s
}

// mostResults bounds a page of a list.
const mostResults = 200

// Serve answers a request for a path below the URL of the service.
func (s *Service) Serve(w http.ResponseWriter, r *http.Request, path string) {
	if token := request.Bearer(r); !oauth.Same(token, s.cfg.Secret) {
		why := "the Bearer token is not the secret of this directory"
		if token == "" {
			why = "the request has no Bearer token"
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="SCIM"`)
		refuse(w, http.StatusUnauthorized, why+": assay idp ctl directories has it")
		return
	}
	body, err := request.Body(w, r)
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "the body cannot be read: "+err.Error())
		return
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.URL.Path = path
	s.server.ServeHTTP(w, r)
}

// refuse answers with an error. RFC 7644, 3.12.
func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/scim+json")
	w.WriteHeader(status)
	_, _ = w.Write(answer.Marshal(scimerrors.ScimError{Status: status, Detail: detail}))
}

// invalid is the refusal of a change that the environment does not accept.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, directory.ErrEmailTaken) {
		return scimerrors.ScimError{ScimType: scimerrors.ScimTypeUniqueness, Status: http.StatusConflict, Detail: err.Error()}
	}
	return scimerrors.ScimError{ScimType: scimerrors.ScimTypeInvalidValue, Status: http.StatusBadRequest, Detail: err.Error()}
}

// page returns the part of a list that a request asks for.
func page(all []scim.Resource, asked scim.ListRequestParams) scim.Page {
	var found []scim.Resource
	for _, r := range all {
		attributes := map[string]any{"id": r.ID, "externalId": r.ExternalID.Value()}
		for name, value := range r.Attributes {
			attributes[name] = value
		}
		if asked.FilterValidator == nil || asked.FilterValidator.PassesFilter(attributes) == nil {
			found = append(found, r)
		}
	}
	from := min(max(asked.StartIndex-1, 0), len(found))
	to := min(from+max(asked.Count, 0), len(found))
	return scim.Page{TotalResults: len(found), Resources: append([]scim.Resource{}, found[from:to]...)}
}
