"""The teacher's pages: making a workshop, looking after its people, freezing it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import qr, workshops
from accounts.models import Workshop
from accounts.visitor import person_of

PRINTED_MOST = 40
DAYS_MOST = 366


class WorkshopForm(forms.ModelForm):
    """Name, seats, and for how many days from now."""

    days = forms.IntegerField(label=_("For how many days from now"), min_value=1, max_value=DAYS_MOST, initial=7)

    class Meta:
        model = Workshop
        fields = ("name", "seats")
        labels = {"name": _("Name of the workshop"), "seats": _("For how many people")}

    def save(self, commit: bool = True) -> Workshop:
        self.instance.ends_at = timezone.now() + timedelta(days=self.cleaned_data["days"])
        saved: Workshop = super().save(commit)
        return saved


class NewWorkshopForm(WorkshopForm):
    """What is decided once, at the beginning, besides."""

    images = forms.IntegerField(label=_("Pictures a day for each"), min_value=1, max_value=1000, initial=50)


class PrintForm(forms.Form):
    number = forms.IntegerField(min_value=1, max_value=PRINTED_MOST)


def _teacher(view: Any) -> Any:
    allowed = permission_required("accounts.run_workshops", raise_exception=True)
    return never_cache(login_required(allowed(view)))


@require_http_methods(["GET", "HEAD", "POST"])
@_teacher
def workshop_list(request: HttpRequest) -> HttpResponse:
    """`/workshops/`: one's workshops, and the form for a new one."""
    teacher = person_of(request)
    form = NewWorkshopForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = workshops.make(form.save(commit=False), teacher, form.cleaned_data["images"])
        return redirect("accounts:workshop", workshop=made.pk)
    return render(request, "accounts/workshops.html", {"form": form, "workshops": workshops.led_by(teacher)[:100]})


@require_safe
@_teacher
def workshop_page(request: HttpRequest, workshop: int) -> HttpResponse:
    """`/workshops/<id>/`: code, wall, people."""
    return _page(request, _led(request, workshop))


@require_POST
@_teacher
def workshop_change(request: HttpRequest, workshop: int) -> HttpResponse:
    """Another name, other seats, another end."""
    found = _led(request, workshop)
    form = WorkshopForm(request.POST, instance=found)
    if not form.is_valid():
        return _page(request, Workshop.objects.get(pk=found.pk), form)
    workshops.changed(form.save())
    messages.success(request, gettext("Saved."))
    return redirect("accounts:workshop", workshop=found.pk)


@require_POST
@_teacher
def workshop_freeze(request: HttpRequest, workshop: int) -> HttpResponse:
    """`frozen=1`: no new pictures from now on; anything else: on again."""
    found = _led(request, workshop)
    workshops.freeze(found, request.POST.get("frozen") == "1", person_of(request))
    return redirect("accounts:workshop", workshop=found.pk)


@require_POST
@_teacher
def workshop_print(request: HttpRequest, workshop: int) -> HttpResponse:
    """New accounts on one sheet, with their passwords, which can be read this once."""
    found, form = _led(request, workshop), PrintForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("Between 1 and %(most)s accounts, please.") % {"most": PRINTED_MOST})
        return redirect("accounts:workshop", workshop=found.pk)
    try:
        made = workshops.print_accounts(found, form.cleaned_data["number"])
    except workshops.Full:
        messages.error(request, gettext("There are not so many free places, or the workshop is over."))
        return redirect("accounts:workshop", workshop=found.pk)
    return _sheet(request, found, made)


@require_POST
@_teacher
def workshop_password(request: HttpRequest, workshop: int, person: int) -> HttpResponse:
    """A new password for somebody, shown this once."""
    found = _led(request, workshop)
    somebody = get_object_or_404(workshops.people(found), pk=person)
    return _sheet(request, found, [(somebody.get_username(), workshops.set_new_password(somebody))])


@require_POST
@_teacher
def workshop_remove(request: HttpRequest, workshop: int, person: int) -> HttpResponse:
    """Close somebody's account."""
    found = _led(request, workshop)
    somebody = get_object_or_404(workshops.people(found), pk=person)
    workshops.remove(somebody)
    messages.success(request, gettext("The account “%(name)s” has been closed.") % {"name": somebody.get_username()})
    return redirect("accounts:workshop", workshop=found.pk)


def _led(request: HttpRequest, workshop: int) -> Workshop:
    teacher = person_of(request)
    return get_object_or_404(workshops.led_by(teacher).select_related("group__role"), pk=workshop)


def _page(request: HttpRequest, workshop: Workshop, form: WorkshopForm | None = None) -> HttpResponse:
    left = max(1, (workshop.ends_at - timezone.now()).days + 1)
    link = _link(request, workshop)
    context = {
        "workshop": workshop,
        "people": workshops.people(workshop),
        "form": form or WorkshopForm(instance=workshop, initial={"days": left}),
        "link": link,
        "qr": qr.data_url(link),
        "printed_most": PRINTED_MOST,
    }
    return render(request, "accounts/workshop.html", context)


def _sheet(request: HttpRequest, workshop: Workshop, made: list[tuple[str, str]]) -> HttpResponse:
    address = request.build_absolute_uri(reverse("account_login"))
    return render(request, "accounts/sheet.html", {"workshop": workshop, "accounts": made, "address": address})


def _link(request: HttpRequest, workshop: Workshop) -> str:
    return request.build_absolute_uri(reverse("accounts:join", args=[workshop.code]))
