"""A router of nginx: requests go to engines by the model that their body names, by shares."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from placer.deploy.share_weights import share_weights
from placer.deploy.yaml_text import comment

__all__ = ["nginx_files"]

_MOST_MIB = 32  # of a request's body

_CONFIG = """\
{remarks}load_module modules/ngx_http_js_module.so;
events {{}}
http {{
  js_import router from router.js;
  js_var $engines;
{upstreams}
  server {{
    listen {port};
    client_max_body_size {most}m;
    client_body_buffer_size {most}m;
    location = /v1/models {{ js_content router.models; }}
    location / {{ js_content router.route; }}
    location @engines {{
      proxy_pass http://$engines;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 1h;
    }}
  }}
}}
"""

_SCRIPT = """\
// Which engines answer for a model, as nginx.conf names them.
const MODELS = JSON.parse({routes});
const ENGINES = {{}};
MODELS.forEach((pair) => {{ ENGINES["model " + pair[0]] = pair[1]; }});

function refuse(r, status, message) {{
  r.headersOut["Content-Type"] = "application/json";
  r.return(status, JSON.stringify({{error: {{message: message, code: status}}}}));
}}

function route(r) {{
  let model;
  try {{
    model = JSON.parse(r.requestText).model;
  }} catch (error) {{
    return refuse(r, 400, "the body is no JSON object that names a model");
  }}
  const engines = ENGINES["model " + model];
  if (typeof model !== "string" || engines === undefined) {{
    return refuse(r, 404, "no engine serves this model");
  }}
  r.variables.engines = engines;
  r.internalRedirect("@engines");
}}

function models(r) {{
  const data = MODELS.map((pair) => ({{id: pair[0], object: "model"}}));
  r.headersOut["Content-Type"] = "application/json";
  r.return(200, JSON.stringify({{object: "list", data: data}}));
}}

export default {{route, models}};
"""


def nginx_files(
    routes: Mapping[str, Mapping[str, float]],
    addresses: Mapping[str, str],
    port: int,
    remarks: Sequence[str] = (),
) -> dict[str, str]:
    """``nginx.conf`` and ``router.js``, for nginx 1.22 or later with its JavaScript module.

    Names of models are in the second one only, as JSON in a text of JavaScript. Requests that
    share their engines share a group of them, and each engine of a group gets as many of them as
    its share says.

    Parameters
    ----------
    routes : mapping of str to mapping of str to float
        By what requests name as their model, the share that each engine answers.
    addresses : mapping of str to str
        ``HOST:PORT`` of each engine.
    port : int
        Port that nginx listens on.
    remarks : sequence of str
        Paragraphs of a comment on top.
    """
    groups: dict[tuple[tuple[str, int], ...], str] = {}
    models = []
    for model, shares in routes.items():
        weights = tuple(sorted(share_weights(shares).items()))
        models.append((model, groups.setdefault(weights, f"engines_{len(groups)}")))
    upstreams = "\n".join(
        f"  upstream {name} {{\n"
        + "".join(f"    server {addresses[gpu]} weight={weight};\n" for gpu, weight in weights)
        + "    keepalive 64;\n  }"
        for weights, name in groups.items()
    )
    return {
        "nginx.conf": _CONFIG.format(
            remarks=comment(remarks), upstreams=upstreams, port=port, most=_MOST_MIB
        ),
        "router.js": _SCRIPT.format(routes=json.dumps(json.dumps(models))),
    }
