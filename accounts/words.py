"""Words of allauth that we translate ourselves: its Chinese says "Email", "token" or "Hello" where a word exists.

Nobody imports this. `makemessages` finds the texts here, and our catalogue goes before allauth's.
"""

from django.utils.translation import gettext_noop as _

FORMS = (
    _("Email"),
    _("Email address"),
    _("Password (again)"),
    _("New Password (again)"),
    _("Incorrect password."),
    _("The password reset token was invalid."),
    _("A user is already registered with this email address."),
    _("The email address is not assigned to any user account."),
    _("The email address and/or password you specified are not correct."),
    _("The username and/or password you specified are not correct."),
)

PAGES = (
    _("Email Address"),
    _("Email Addresses"),
    _("The following email addresses are associated with your account:"),
    _("Primary"),
    _("Make Primary"),
    _("Re-send Verification"),
    _("Add Email Address"),
    _("Add Email"),
    _("Do you really want to remove the selected email address?"),
    _("Confirm Email Address"),
    _("Verify Your Email Address"),
)

NEWS = (
    _("Your primary email address must be verified."),
    _("You cannot remove your primary email address (%(email)s)."),
    _("Confirmation email sent to %(email)s."),
    _("You have confirmed %(email)s."),
    _("Removed email address %(email)s."),
    _("Primary email address set."),
)

MAILS = (
    _("Hello from %(site_name)s!"),
    _("Thank you for using %(site_name)s!\n%(site_domain)s"),
    _("Account Already Exists"),
    _("Password Reset Email"),
    _("In case you forgot, your username is %(username)s."),
    _("Please Confirm Your Email Address"),
    _("To confirm this is correct, go to %(activate_url)s"),
    _("Email Confirmation"),
    _("Your email has been confirmed."),
    _("Email Changed"),
    _("Email Removed"),
    _("Email address %(deleted_email)s has been removed from your account."),
    _(
        "If you do not recognize this change then please take proper security precautions immediately. "
        "The change to your account originates from:\n\n"
        "- IP address: %(ip)s\n- Browser: %(user_agent)s\n- Date: %(timestamp)s"
    ),
)
