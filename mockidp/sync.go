package mockidp

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/scim"
)

// directoriesPath begins the paths of directory sync; scimPath follows the ID of
// the directory.
const (
	directoriesPath = "/directories/"
	scimPath        = "/scim/v2"
)

// SyncDirectory is where the identity provider of an organization says who its
// users and groups are: directory sync, over SCIM 2.0. Each organization has one.
type SyncDirectory struct {
	ID             string
	OrganizationID string
	URL            string // of the SCIM service
	Secret         string // the Bearer token for it
}

// Directories returns the directories of all organizations.
func (e *Environment) Directories() []SyncDirectory {
	var all []SyncDirectory
	for _, o := range e.people.Organizations() {
		all = append(all, e.directoryOf(o.ID))
	}
	return all
}

func (e *Environment) directoryOf(organizationID string) SyncDirectory {
	id := e.tokens.ids.Of("dir_", organizationID)
	return SyncDirectory{
		ID: id, OrganizationID: organizationID,
		URL: e.issuer + directoriesPath + id + scimPath, Secret: e.tokens.ids.Secret("directory " + organizationID),
	}
}

// syncing has the services of directory sync, by the ID of the directory.
type syncing struct {
	made     atomic.Uint64 // counts the identifiers
	mu       sync.Mutex
	services map[string]*scim.Service
}

// service returns the service of a directory, which is made for its first
// request.
func (s *syncing) service(e *Environment, d SyncDirectory) *scim.Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.services == nil {
		s.services = make(map[string]*scim.Service)
	}
	if s.services[d.ID] == nil {
		s.services[d.ID] = scim.New(scim.Config{
			URL: d.URL, OrganizationID: d.OrganizationID, Secret: d.Secret, Accounts: e,
			NewID: func(kind string) string { return e.tokens.ids.Of(kind, fmt.Sprint("synced ", s.made.Add(1))) },
		})
	}
	return s.services[d.ID]
}

// synced returns the directory sync of an organization for the SDKs.
func (e *Environment) synced(organizationID string) directory.Sync {
	d := e.directoryOf(organizationID)
	out := directory.Sync{ID: d.ID, URL: d.URL, Groups: e.syncing.service(e, d).Groups()}
	for _, u := range e.people.Users() {
		if u.Membership(organizationID) != nil {
			out.Users = append(out.Users, u)
		}
	}
	return out
}

// syncRoute finds the directory of a path.
func (e *Environment) syncRoute(path string) (to route, ok bool) {
	rest, ok := strings.CutPrefix(path, directoriesPath)
	if !ok {
		return route{}, false
	}
	id, rest, _ := strings.Cut(rest, "/")
	below, ok := strings.CutPrefix("/"+rest, scimPath)
	for _, d := range e.Directories() {
		if ok && d.ID == id {
			return route{fault.SCIM, nil, func(w http.ResponseWriter, r *http.Request) {
				e.syncing.service(e, d).Serve(w, r, below)
			}}, true
		}
	}
	return route{}, false
}
