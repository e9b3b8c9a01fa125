// Package mockidptest starts a mock environment for one test.
//
//	func TestLogin(t *testing.T) {
//		env := mockidptest.Start(t, mockidp.EnvironmentConfig{})
//		app := newApplication(env.Issuer(), env.Client().ID, env.Client().Secret)
//		// … log in to app
//		mockidptest.Fault(t, env, `{"id":"busy","where":"token","kind":"status","attributes":{"status":503}}`)
//		// … refresh, and see what it does
//	}
//
// It does nothing that [mockidp.Start] and its friends cannot do; it stops
// the server when the test ends, and fails the test where they return errors.
// Everything may be called concurrently, like the methods of testing.T.
package mockidptest
