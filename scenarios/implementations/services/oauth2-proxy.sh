#!/bin/sh
# oauth2-proxy as a resource server: skip-jwt-bearer-tokens accepts ID Tokens of
# its own issuer as Bearer tokens. It starts only once it has the metadata.
exec ../../../bin/oauth2-proxy \
  --http-address "127.0.0.1:$PORT" --upstream static://200 --email-domain '*' \
  --provider oidc --oidc-issuer-url "$ISSUER" --client-id "$CLIENT_ID" --client-secret unused \
  --cookie-secret 0123456789abcdef0123456789abcdef --cookie-secure=false \
  --skip-jwt-bearer-tokens --skip-provider-button --api-route .
