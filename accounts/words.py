"""Words of allauth and Django that we translate ourselves.

Their Chinese lacks some, says "Email", "token" or "Hello" where a Chinese word exists, and is more formal than ours.
Only the tests import this: `makemessages` finds the texts here, and our catalogue goes before theirs.
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext

DJANGO = (
    ngettext(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        1,
    ),
    _("Enter a valid email address."),
    _("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    _("Model name"),
    _("Add link"),
    _("Change or view list link"),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("Error:"),
    _("None available"),
    _("Forgotten your login credentials?"),
    _("In case you’ve forgotten, you are:"),
)

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
    _('Please confirm that <a href="mailto:%(email)s">%(email)s</a> is an email address for user %(user_display)s.'),
    _(
        'This email confirmation link expired or is invalid. Please <a href="%(email_url)s">issue a new email '
        "confirmation request</a>."
    ),
    _("You are already logged in as %(user_display)s."),
    _(
        "You currently do not have any email address set up. You should really add an email address so you can "
        "receive notifications, reset your password, etc."
    ),
    _(
        "We have sent an email to you for verification. Follow the link provided to finalize the signup process. If "
        "you do not see the verification email in your main inbox, check your spam folder. Please contact us if you "
        "do not receive the verification email within a few minutes."
    ),
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
    _(
        "You're receiving this email because you or someone else has requested a password reset for your user "
        "account.\nIt can be safely ignored if you did not request a password reset. Click the link below to reset "
        "your password."
    ),
    _(
        "You are receiving this email because you, or someone else, tried to access an account with email %(email)s. "
        "However, we do not have any record of such an account in our database."
    ),
    _("This mail can be safely ignored if you did not initiate this action."),
    _("If it was you, you can sign up for an account using the link below."),
    _(
        "You are receiving this email because you or someone else tried to signup for an\naccount using email "
        "address:\n\n%(email)s\n\nHowever, an account using that email address already exists.  In case you have\n"
        "forgotten about this, please use the password forgotten procedure to recover\nyour account:\n\n"
        "%(password_reset_url)s"
    ),
    _(
        "You're receiving this email because user %(user_display)s has given your email address to register an "
        "account on %(site_domain)s."
    ),
    _("You are receiving this mail because the following change was made to your account:"),
    _("Your email has been changed from %(from_email)s to %(to_email)s."),
    _("Your password has been changed."),
    _("Your password has been reset."),
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
