"use strict";

// A POST tried out here under the session of the pages needs Django's CSRF token.
const csrfToken = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

const place = document.getElementById("docs");
SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (!["GET", "HEAD"].includes(request.method ?? "GET")) {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
});
