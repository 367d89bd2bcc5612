# Second Reader. `make app` opens the dashboard, `make test` runs the tests; both set up what they need.
PYTHON ?= python3
BIN := .venv/bin
UV ?= uv==0.13.9
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: app setup test browser-test browser hospital-tools lint types dead-code format docs screenshots samples hooks wheel-test bench clean viewer viewer-check
VIEWER := dashboard/viewer
NODE := $(shell sed -n 's/.*"node": "\([0-9]*\).*/\1/p' $(VIEWER)/frontend/package.json)

app: .venv/app.stamp          ## set up and open the dashboard
	$(BIN)/second-reader app

test: .venv/dev.stamp         ## set up and run the default suite
	$(BIN)/python -m pytest -m "not browser"

browser-test: .venv/dev.stamp browser  ## drive the dashboard in a real Chromium
	$(BIN)/python -m pytest -m browser tests/browser

setup: .venv/app.stamp        ## make .venv and install the run-time set

lint: .venv/dev.stamp types dead-code  ## style, spelling, import order of the layers, types, dead code
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/typos . && $(BIN)/lint-imports

types: .venv/dev.stamp        ## mypy over core and dashboard
	$(BIN)/mypy

dead-code: .venv/dev.stamp    ## nothing that nobody uses
	$(BIN)/python .ci/dead_code.py

format: .venv/dev.stamp       ## put the code into the house style
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

docs: .venv/dev.stamp         ## write the generated parts of docs/cli.md and docs/architecture.md
	$(BIN)/python .ci/reference.py

screenshots: .venv/dev.stamp browser  ## take the images of the README again from the running dashboard
	$(BIN)/python docs/screenshots.py

samples: .venv/dev.stamp      ## draw the shipped sample exam again, with its predictions and the image of the first screen
	$(BIN)/python .ci/samples.py

hooks: .venv/dev.stamp        ## let git run the same checks before each commit
	$(BIN)/pre-commit install

wheel-test: .venv/dev.stamp   ## build the wheel, install it into a clean environment and use it from another folder
	.ci/wheel

bench: .venv/dev.stamp        ## every measured ratio, one after another
	for b in bench/*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

browser:                      # Chromium by apt where that is allowed; otherwise the tests say what to install and skip
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } \
	  || echo "Chromium is missing: install the package 'chromium' (Debian, Ubuntu: sudo apt-get install chromium), or set CHROMIUM to its path."

HOSPITAL := dcmtk dicom3tools orthanc orthanc-dicomweb
hospital-tools:               # what the tests of core/exchange talk to, by apt where that is allowed; the tests skip, loudly, without it
	@{ command -v dcmdump && command -v dciodvfy && PATH=$$PATH:/usr/sbin command -v Orthanc; } >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(HOSPITAL); } \
	  || echo "DICOM tools are missing: install the packages $(HOSPITAL) (Debian, Ubuntu: sudo apt-get install ...)."

viewer: $(VIEWER)/frontend/node_modules/.package-lock.json  ## build the viewer's script again from its source (needs Node)
	cd $(VIEWER)/frontend && npm run --silent build

viewer-check:                 ## does the committed script come from the committed source? passes, loudly, without the right Node
	@if [ "$$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null)" != "$(NODE)" ]; then \
	  echo "THE VIEWER WAS NOT CHECKED: Node $(NODE) is missing, so its script was not built again and compared."; exit 0; \
	fi; \
	kept=$$(mktemp -d) && cp -r $(VIEWER)/build "$$kept"; \
	if $(MAKE) --no-print-directory viewer; then \
	  diff -rq "$$kept/build" $(VIEWER)/build && echo "The shipped script is what its source builds."; same=$$?; \
	else \
	  echo "THE VIEWER WAS NOT CHECKED: its packages could not be had, or it did not build."; same=0; \
	fi; \
	rm -rf $(VIEWER)/build && mv "$$kept/build" $(VIEWER)/build && rmdir "$$kept"; exit $$same

$(VIEWER)/frontend/node_modules/.package-lock.json: $(VIEWER)/frontend/package-lock.json
	cd $(VIEWER)/frontend && npm ci --no-audit --no-fund --ignore-scripts && touch node_modules/.package-lock.json

clean:                        ## remove the environment and unfinished trainings
	rm -rf .venv runs dist $(VIEWER)/frontend/node_modules

# uv installs in a fraction of pip's time; where it cannot be had or cannot reach the index, pip does the work.
define install
	if $(BIN)/uv --version >/dev/null 2>&1; then $(BIN)/uv pip install -q --python $(BIN)/python $(1) && exit 0; fi; \
	$(BIN)/pip install --disable-pip-version-check -q $(1)
endef

.venv/app.stamp: requirements.txt pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Second Reader needs Python 3.11 or newer; set PYTHON=python3.11')"
	$(PYTHON) -m venv .venv
	-$(BIN)/pip install --disable-pip-version-check -q $(UV)
	$(call install,-r requirements.txt)
	$(call install,--no-deps -e .)
	touch $@

.venv/dev.stamp: .venv/app.stamp requirements-dev.txt
	$(call install,-r requirements-dev.txt)
	touch $@
