#!/usr/bin/env perl

# Whatever shoppers are asked for arrives: each field of each page, in each
# state, is filled with a marker of its own, and each marker is found in a mail
# to support, with the order's items and Reply-To the buyer. The whole house of
# the demo, its campaign, and nothing set beside it but a cancel of our own.
# long

use strict;
use warnings;
use v5.30;

use lib 't/lib', 'demo/lib';

use JSON::PP;
use MIME::Base64 qw(decode_base64);
use POSIX qw(strftime);
use Test::More;

use Demo::Stage;
use OrderSave::Nginx;

my $t = Demo::Stage->new(after => '2s', holdout => 0, campaign => {cancel => {hosted => JSON::PP::true}})->start;
my ($markers, $buyers) = (0, 0);
my $PNG = decode_base64('iVBORw0KGgoAAAANSUhEUgAAADwAAAA8CAIAAAC1nk4lAAAASUlEQVR42u3OAQkAAAgDsEcxitGMbgtBGCzAMl3vRFpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlr6wgIwiU61b/sYBwAAAABJRU5ErkJggg==');

sub path { $_[0] =~ s{^https?://[^/]+}{}r =~ s/&#0?38;|&amp;/&/gr }

sub buy {
    my (%new) = @_;
    my $n = ++$buyers;
    return $t->buy('shop', customer => 'ada', status => 'processing', locale => 'en',
        consent => {email => 'yes'}, billing => {email => "buyer$n\@mail.example",
            first_name => 'Ada', country => 'US'}, %new);
}

sub mail_to {
    my ($order, $subject, $n) = @_;
    my @mails = @{$t->{sink}->messages($n // 1, kind => 'mail',
        to => $order->{order}{billing}{email}, subject => $subject)};
    return $mails[-1] // die qq(no mail "$subject");
}

sub link_in {
    my ($mail, $kind) = @_;
    return path($1) if $mail->{text} =~ m{(http://\S+/ordersave/$kind/[^\s?#]+)};
    die "no $kind link in: $mail->{text}";
}

# The forms of a page: action, multipart or not, fields as [name, value, kind].
sub forms {
    my ($html) = @_;
    my @forms;
    while ($html =~ m{<form\b([^>]*)>(.*?)</form>}sg) {
        my ($head, $in) = ($1, $2);
        my %form = (action => $head =~ /action="([^"]*)"/ ? path($1) : undef,
            multipart => scalar($head =~ /multipart/), fields => [], typed => [],
            choices => {}, does => []);
        while ($in =~ m{<(input|textarea|button|select)\b([^>]*)>}g) {
            my ($tag, $a) = ($1, $2);
            my ($name) = $a =~ /\bname="([^"]*)"/ or next;
            my $value = $a =~ /\bvalue="([^"]*)"/ ? $1 : '';
            my $type = $a =~ /\btype="([^"]*)"/ ? $1 : $tag eq 'textarea' ? 'words' : 'text';
            if ($tag eq 'select') {
                my @options = substr($in, pos $in) =~ /^(.*?)<\/select>/s ? $1 =~ /<option value="([^"]+)"/g : ();
                push @{$form{typed}}, [$name, "one of $options[-1]"] if $name =~ /^ordersave_ask/;
                next;
            }
            if ($tag eq 'button')        { push @{$form{does}}, [$name, $value] }
            elsif ($type eq 'hidden')    { push @{$form{fields}}, [$name, $value] }
            elsif ($type eq 'radio')     { push @{$form{choices}{$name}}, $value }
            else                         { push @{$form{typed}}, [$name, $type] }
        }
        push @forms, \%form;
    }
    return @forms;
}

# Something of its own that a field takes.
sub marker {
    my ($type) = @_;
    ++$markers;
    return $1 if $type =~ /^one of (.*)/;
    return 100 + $markers if $type eq 'number';
    return strftime('%Y-%m-%d', gmtime(time + 86400 * $markers)) if $type eq 'date';
    return sprintf $type eq 'url' ? 'other.example/Marker%03d' : 'Marker%03d', $markers;
}

# Fills the form, each field with a marker of its own, and sends it; the markers
# that support is to read.
sub fill {
    my ($form, %o) = @_;
    my (@fields, @sent);
    push @fields, @{$form->{fields}};
    for my $name (sort keys %{$form->{choices}}) {
        push @fields, [$name => $o{choose}{$name} // $form->{choices}{$name}[0]];
    }
    for my $typed (@{$form->{typed}}) {
        my ($name, $type) = @$typed;
        if ($type eq 'file') {
            push @fields, [$name => $PNG, 'photo.png', 'image/png'];
            next;
        }
        my $marker = marker($type);
        push @fields, [$name => $marker];
        # of a page it is bytes, of a mail letters: what is behind those that differ
        push @sent, $marker =~ s/^.*[^\x00-\x7f] *//sr;
    }
    push @fields, $o{do} if $o{do};
    # the module cuts the last one off: the token stays last
    @fields = ((grep { $_->[0] ne 'ordersave_token' } @fields),
        (grep { $_->[0] eq 'ordersave_token' } @fields));
    my $answer = $form->{multipart} || $o{multipart}
        ? multipart($form->{action}, @fields)
        : $t->post($form->{action}, \@fields, $o{cookie} ? (headers => ["Cookie: $o{cookie}"]) : ());
    return ($answer, @sent);
}

sub multipart {
    my ($uri, @fields) = @_;
    my $b = 'boundary0123456789';
    my $body = join '', (map {
        my ($name, $value, $file, $type) = @$_;
        "--$b\r\nContent-Disposition: form-data; name=\"$name\""
            . ($file ? "; filename=\"$file\"\r\nContent-Type: $type" : '') . "\r\n\r\n$value\r\n"
    } @fields), "--$b--\r\n";
    return $t->http('POST', $uri, bare => 1, body => $body,
        headers => ["Content-Type: multipart/form-data; boundary=$b"]);
}

# Each marker is in a mail to support that names the order, what was bought and
# the buyer, as whom a reply goes to.
sub arrives {
    my ($what, $order, $answer, @sent) = @_;
    subtest $what => sub {
        cmp_ok scalar @sent, '>=', 1, 'there is something to type';
        ok $answer->{status} =~ /^(?:200|302|303)$/, "it is taken ($answer->{status})"
            or diag $answer->{body} =~ s/<style.*?<\/style>//sr;
        for my $marker (@sent) {
            my $mail = $t->wait_for("$marker of this buyer", sub {
                (grep { $_->{text} =~ /$marker/ && ($_->{reply_to} // '') =~ /\Q$order->{order}{billing}{email}\E/ }
                    @{$t->{sink}->messages(1, kind => 'mail', to => 'support@lumen.example', text => $marker)})[0] });
            ok $mail, "$marker is read by support" or next;
            like $mail->{html}, qr/$marker/, '  in both parts';
            like $mail->{reply_to} // '', qr/\Q$order->{order}{billing}{email}\E/,
                '  a reply goes to the buyer';
            like $mail->{text}, qr/\Q$order->{order}{number}\E/, '  it names the order';
            like $mail->{text}, qr/\Q$order->{order}{line_items}[0]{name}\E/,
                '  and what is in it';
        }
        done_testing;
    };
}

# --- a cancel: given up, kept, asked

for my $case (
    ['cancelled', 'other', 'cancel'],
    ['cancelled after a wish', 'changed_mind', 'cancel'],
    ['kept for an offer', 'other', 'accept:five'],
    ['kept for a change of size', 'changed_mind', 'accept:change'],
    ['kept for another price', 'better_price', 'accept:match'],
    ['kept for another address', 'address', 'accept:address'],
    ['kept without an item', 'mistake', 'accept:remove'],
    ['one of two kept', 'twice', 'accept:twice'],
    ['kept for later', 'delivery_time', 'accept:later'],
    ['kept for another payment', 'payment', 'accept:pay'],
) {
    my ($what, $reason, $do) = @$case;
    my $order = buy(status => 'pending');
    my @cookie = (headers => ["Cookie: $order->{cookie}"]);
    my $page = $t->get(path($order->{cancel_url}), @cookie);
    my ($form) = grep { @{$_->{typed}} } forms($page->{body});
    ok $form, "$what: an offer page with fields" or next;
    my ($answer, @sent) = fill($form, choose => {ordersave_reason => $reason},
        do => [ordersave_do => $do], cookie => $order->{cookie});
    arrives($what, $order, $answer, @sent);
}

# --- a cancel on our own page: by a person, with offers and without; twice; late

sub own {
    my ($order) = @_;
    my $found = $t->post('/ordersave/cancel', [[ordersave_number => $order->{order}{number}],
        [ordersave_secret => $order->{order}{billing}{email}]]);
    return path(OrderSave::Nginx::header($found, 'Location') // die 'not found');
}

for my $case (
    ['our own cancel', 'processing', 'other', 'cancel'],
    ['our own, after a wish', 'processing', 'changed_mind', 'cancel'],
    ['our own, kept for another price', 'processing', 'better_price', 'accept:match'],
    ['our own, without offers', 'in-production', 'costs', 'cancel'],
    ['our own, it had been asked for', 'processing', 'costs', 'cancel', 'asked'],
    ['our own, it had left', 'processing', 'costs', 'cancel', 'left'],
) {
    my ($what, $status, $reason, $do, $before) = @$case;
    my $order = buy(status => $status);
    my $uri = own($order);
    my $page = $t->get($uri);
    my ($form) = grep { @{$_->{typed}} } forms($page->{body});
    ok $form, "$what: a page with fields" or next;
    is scalar($page->{body} =~ /accept:/), $status eq 'processing' ? 1 : '', '  and offers where it meets any';
    if (($before // '') eq 'asked') {
        $t->post($uri, [[ordersave_do => 'cancel'], @{$form->{fields}}]);
        $t->wait_for('the asking', sub { $t->record('shop', $order->{order}{id})->{save}{stop} });
    }
    elsif ($before) {
        $t->ship($order, "LV$order->{order}{id}");
    }
    my ($answer, @sent) = fill($form, choose => {ordersave_reason => $reason}, do => [ordersave_do => $do]);
    if ($before) {
        is $answer->{status}, 409, '  it says so';
        $answer->{status} = 200;
    }
    arrives($what, $order, $answer, @sent);
}

# the same page as a storefront's dialog, which sends it to us, and says so in JSON

for my $case (['cancelled', 'other', 'cancel'], ['kept for another price', 'better_price', 'accept:match']) {
    my ($what, $reason, $do) = @$case;
    my $order = buy(status => 'pending');
    my $said = $t->get("/ordersave/offer?dialog=1&order=$order->{order}{id}", bare => 1,
        headers => ["Cookie: $order->{cookie}", 'Accept: application/vnd.ordersave+json']);
    my ($form) = grep { @{$_->{typed}} } forms(JSON::PP->new->decode($said->{body})->{dialog}{html} // '');
    ok $form, "a dialog, $what: with fields" or next;
    $form->{action} = '/ordersave/decide';
    my ($answer, @sent) = fill($form, choose => {ordersave_reason => $reason}, do => [ordersave_do => $do]);
    arrives("a dialog, $what", $order, $answer, @sent);
}

# --- packaging, and the note for it

{
    my $order = buy();
    my $view = $t->wait_for('the panel', sub {
        my $page = $t->get("/my-account/view-order/$order->{order}{id}/",
            headers => ["Cookie: $order->{cookie}"]);
        $page->{body} =~ /ordersave_packaging/ ? $page : undef;
    });
    my ($form) = grep { $_->{choices}{ordersave_packaging} } forms($view->{body});
    my ($answer, @sent) = fill($form, choose => {ordersave_packaging => 'gift'});
    arrives('a gift note', $order, $answer, @sent);
    my ($mail) = @{$t->{sink}->messages(1, kind => 'mail', to => 'support@lumen.example', text => $sent[0])};
    like $mail->{text}, qr/As a gift, with a card/, 'and so is the choice';
}

# --- what is told of a delivery, and how it can be answered

{
    my %told = (
        attempt_failed   => ['AttemptFail', 'Not delivered:', 'address'],
        ready_for_pickup => ['AvailableForPickup', 'Ready to collect', 'collect'],
        exception        => ['Exception', 'A problem with', 'new_address'],
        returned         => ['Exception', 'On its way back', 'refund', 'Exception_011'],
        delayed          => ['Exception', 'will arrive later', 'cancel', 'Exception_004'],
    );
    for my $side (sort keys %told) {
        my ($tag, $subject, $choice, $subtag) = @{$told{$side}};
        my $order = buy();
        my $number = "IN$order->{order}{id}";
        $t->ship($order, $number);
        $t->carrier($number, $tag, subtag => $subtag);
        answered($side, $order, mail_to($order, $subject), $choice);
    }

    # nobody says anything: late by the clock alone
    my $waits = buy();
    my $silent = buy();
    my $number = "SI$silent->{order}{id}";
    $t->ship($silent, $number);
    $t->carrier($number, 'InTransit');
    $t->wait_for('the scan', sub {
        ($t->record('shop', $silent->{order}{id})->{track}{parcels}[0]{scan} // 0) > 0 });
    $t->day for 1 .. 5;
    answered('not shipped', $waits, mail_to($waits, 'has not left yet'), 'cancel');
    answered('stalled', $silent, mail_to($silent, 'No news from the carrier'), 'cancel');
}

sub answered {
    my ($side, $order, $mail, $choice) = @_;
    my $page = $t->get(link_in($mail, 'answer'));
    my ($form) = grep { $_->{choices}{ordersave_answer} } forms($page->{body});
    my %there = map { $_ => 1 } @{$form->{choices}{ordersave_answer} // []};
    ok $there{$choice}, "$side: what the mail says can be answered: $choice";
    if ($choice eq 'cancel') {
        ok $there{wait}, '  so can that one waits';
        like $mail->{text}, qr/cancel the order and refund you/, '  as the mail says';
        my $view = $t->get(link_in($mail, 'track'));
        unlike $view->{body}, qr/We are preparing it/, '  the page does not say that all is well';
        like $view->{body}, qr{/ordersave/answer/}, '  and has the same way out';
    }
    my ($answer, @sent) = fill($form, choose => {ordersave_answer => $choice});
    arrives("an answer: $side", $order, $answer, @sent);
}

# --- after delivery

{
    my $order = buy();
    my $number = "RV$order->{order}{id}";
    $t->ship($order, $number);
    $t->carrier($number, 'Delivered');
    my $link = link_in(mail_to($order, 'How do you like'), 'review');
    my ($review, $help) = forms($t->get($link)->{body});
    my ($answer, @sent) = fill($review, choose => {ordersave_stars => 4},
        do => [ordersave_do => 'review']);
    arrives('a review', $order, $answer, @sent);
    my ($mail) = @{$t->{sink}->messages(1, kind => 'mail', to => 'support@lumen.example', text => $sent[0])};
    like $mail->{subject}, qr/4 of 5/, 'with its stars';
    my ($photo) = $mail->{text} =~ m{(http://\S+/ordersave/photo/\S+)};
    ok $photo, 'and its photo';
    is $t->get(path($photo // '/'))->{body}, $PNG, 'that can be looked at';
    ($answer, @sent) = fill($help, do => [ordersave_do => 'help']);
    arrives('a question', $order, $answer, @sent);
}

# --- something is sent back, for money, another one and a credit

for my $want (qw(refund exchange credit)) {
    my $order = buy();
    my $number = "BK$order->{order}{id}";
    $t->ship($order, $number);
    $t->carrier($number, 'Delivered');
    my ($form) = forms($t->get(link_in(mail_to($order, 'Delivered:'), 'return'))->{body});
    push @{$form->{fields}}, [ordersave_item_0 => 1];
    my ($answer, @sent) = fill($form, choose => {ordersave_want => $want});
    arrives("a return: $want", $order, $answer, @sent);
    my ($mail) = @{$t->{sink}->messages(1, kind => 'mail', to => 'support@lumen.example', text => $sent[0])};
    my ($photo) = $mail->{text} =~ m{(http://\S+/ordersave/photo/\S+)};
    is $photo && $t->get(path($photo))->{body}, $PNG, 'with its photo';
}

# --- after a cancel

{
    my $order = buy(status => 'pending');
    my $page = $t->get(path($order->{cancel_url}), headers => ["Cookie: $order->{cookie}"]);
    my ($form) = grep { @{$_->{typed}} } forms($page->{body});
    $form->{typed} = [];
    fill($form, do => [ordersave_do => 'cancel'], cookie => $order->{cookie});
    my $mail = mail_to($order, 'is cancelled');
    for my $kind (qw(score reason)) {
        my $link = $mail->{text} =~ m{/ordersave/$kind/} ? link_in($mail, $kind) : next;
        my ($asked) = grep { @{$_->{typed}} } forms($t->get($link)->{body});
        my ($answer, @sent) = fill($asked, choose => {ordersave_score => 5});
        arrives("a $kind", $order, $answer, @sent);
    }
}

cmp_ok $markers, '>=', 19, "$markers fields were filled";
is_deeply [$t->alerts], [], 'no alert in any log';
$t->stop;
done_testing;
