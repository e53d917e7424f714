"""All works of a workshop as one ZIP, packed by a task."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts.models import Workshop
from accounts.visitor import person_of
from studio.commands import archives
from studio.words.errors import Refused, text


@require_POST
@login_required
@permission_required("accounts.run_workshops", raise_exception=True)
def export(request: HttpRequest, workshop: int) -> HttpResponse:
    """`/workshops/<id>/export/`: have it packed; the page of one's archives shows how far it is."""
    teacher = person_of(request)
    found = get_object_or_404(Workshop, pk=workshop, teacher=teacher)
    try:
        archives.ask(teacher, title=found.name, workshop=found)
    except Refused as refused:
        messages.error(request, text(refused.code, refused.params))
    return redirect("studio:own_data")
