#!/bin/sh
# Apache with mod_auth_openidc as a resource server: AuthType oauth20 with the
# JWK Set of the issuer, which must be at https, and Require for iss and aud,
# which the module leaves to it.
. "$(dirname "$0")/apache.sh" <<END
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule auth_openidc_module modules/mod_auth_openidc.so
OIDCOAuthVerifyJwksUri $JWKS_URI
OIDCCABundlePath $CA_FILE
OIDCOAuthRemoteUserClaim sub
<Location />
  AuthType oauth20
  <RequireAll>
    Require claim iss:$ISSUER
    Require claim aud:$CLIENT_ID
  </RequireAll>
</Location>
END
