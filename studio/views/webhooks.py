"""`/account/webhooks/`: a person's webhooks: making and changing one, its secret once, the log of what it was told."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.visitor import person_of
from studio.commands import webhooks
from studio.models import Webhook
from studio.process import sealing
from studio.words.errors import Refused, text

# Where the session keeps a secret that was just made, sealed, until the page has shown it.
FRESH = "fresh_webhook"
LOG_PAGE = 25


class WebhookForm(forms.Form):
    """Where to, and what for. The rules are those of studio/commands/webhooks.py."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Your program's own, such as https://example.org/brushwire."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false", "placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(
        label=_("Tell it when a picture…"),
        choices=Webhook.Occasion.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=list(webhooks.ENDS),
        required=False,
    )

    def refuse(self, refused: Refused) -> None:
        """Show at its field why it was refused."""
        for name, problem in refused.fields.items():
            self.add_error(name, problem["message"])
        if not refused.fields:
            self.add_error("url", text(refused.code, refused.params))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def webhook_list(request: HttpRequest) -> HttpResponse:
    """One's own webhooks, and the form for another."""
    person = person_of(request)
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            hook, secret = webhooks.create(person, form.cleaned_data["url"], form.cleaned_data["events"])
        except Refused as refused:
            form.refuse(refused)
        else:
            return _show_secret(request, hook, secret)
    context = {"hooks": webhooks.of(person), "form": form, "available": webhooks.available()}
    return render(request, "studio/webhooks.html", context, status=422 if form.errors else 200)


@require_safe
@never_cache
@login_required
def webhook_page(request: HttpRequest, webhook: UUID) -> HttpResponse:
    """One webhook and its log, the newest first."""
    return _page(request, webhook)


@require_POST
@never_cache
@login_required
def webhook_act(request: HttpRequest, webhook: UUID, act: str) -> HttpResponse:
    """`change`, `switch` (on or off), `ping`, `secret` (another one) or `delete`."""
    person = person_of(request)
    try:
        if act == "change":
            return _change(request, webhook)
        if act == "secret":
            return _show_secret(request, *webhooks.new_secret(person, webhook))
        if act == "delete":
            webhooks.delete(person, webhook)
            return redirect("studio:webhooks")
        if act == "switch":
            webhooks.change(person, webhook, enabled=request.POST.get("on") == "1")
        elif act == "ping":
            webhooks.ping(person, webhook)
            messages.success(request, gettext("A test message is on its way. Its line appears below."))
        else:
            raise Http404
    except Refused as refused:
        _tell(request, refused)
    return redirect("studio:webhook", webhook)


@require_POST
@login_required
def webhook_again(request: HttpRequest, webhook: UUID, delivery: UUID) -> HttpResponse:
    """Tell it the same once more."""
    try:
        webhooks.redeliver(person_of(request), webhook, delivery)
    except Refused as refused:
        _tell(request, refused)
    return redirect("studio:webhook", webhook)


def _page(request: HttpRequest, webhook_id: UUID, form: WebhookForm | None = None) -> HttpResponse:
    hook = _found(request, webhook_id)
    log = Paginator(hook.deliveries.all(), LOG_PAGE).get_page(request.GET.get("page"))
    names = dict(Webhook.Occasion.choices)
    context: dict[str, Any] = {
        "hook": hook,
        "form": form or WebhookForm(initial={"url": hook.url, "events": hook.events}),
        "log": log,
        "chosen": [names[event] for event in hook.events if event in names],
        "fresh": _fresh(request, hook),
    }
    return render(request, "studio/webhook.html", context, status=422 if form else 200)


def _change(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    _found(request, webhook_id)
    form = WebhookForm(request.POST)
    if form.is_valid():
        try:
            told = form.cleaned_data
            webhooks.change(person_of(request), webhook_id, url=told["url"], events=told["events"])
            return redirect("studio:webhook", webhook_id)
        except Refused as refused:
            form.refuse(refused)
    return _page(request, webhook_id, form)


def _found(request: HttpRequest, webhook_id: UUID) -> Webhook:
    try:
        return webhooks.find(person_of(request), webhook_id)
    except Refused:
        raise Http404 from None


def _tell(request: HttpRequest, refused: Refused) -> None:
    if refused.code == "not_found":
        raise Http404 from None
    messages.error(request, text(refused.code, refused.params))


def _show_secret(request: HttpRequest, hook: Webhook, secret: str) -> HttpResponse:
    request.session[FRESH] = sealing.seal(json.dumps([str(hook.pk), secret]))
    return redirect("studio:webhook", hook.pk)


def _fresh(request: HttpRequest, hook: Webhook) -> str:
    """The secret that was just made for this one; it is not shown again."""
    sealed = request.session.pop(FRESH, "")
    try:
        of, secret = json.loads(sealing.unseal(sealed) or '["", ""]')
    except sealing.Unreadable:
        return ""
    return str(secret) if of == str(hook.pk) else ""
